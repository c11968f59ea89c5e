"""What `build` leaves behind: a tiny tool, really built by Go, without any network."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.errors import Permanent
from lab.toolbox.building import build
from lab.toolbox.tool import Binary
from lab.toolbox.toolbox import NotBuilt
from tests.lab.toolbox.tiny import EMBEDDING, TINY, Bench, machine, script

pytestmark = pytest.mark.needs("go")


def _says(program: Path) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def _tree(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.parent != folder}


def test_a_tool_is_built_with_its_settings_and_found(bench: Bench, kept: Path) -> None:
    """First it is missing, with what to do; then it runs, and the words tell what was done."""
    assert bench.toolbox.missing() == bench.toolbox.missing(["tiny"]) == ("tiny",)
    with pytest.raises(NotBuilt) as caught:
        bench.toolbox.program("tiny")
    assert "invoke tools --only tiny" in caught.value.next_action
    told: list[str] = []
    build(bench.toolbox, None, told.append, machine(kept))
    assert bench.toolbox.missing() == ()
    assert _says(bench.toolbox.program("tiny")) == "tiny version v1.2.3"
    assert told[0] == "building tiny 1.2.3 (1 of 1), about 1 min when nothing is cached"
    assert told[1].startswith("tiny 1.2.3: built tiny (")


def test_a_second_build_does_nothing(bench: Bench, kept: Path) -> None:
    """No file is touched, nothing is told, and no Go is needed."""
    build(bench.toolbox, None, lambda _: None, machine(kept))
    before = _tree(bench.toolbox.root)
    told: list[str] = []
    build(bench.toolbox, ["tiny"], told.append, machine(None))
    assert (_tree(bench.toolbox.root), told) == (before, [])


def test_the_committed_files_stay_as_they_are(bench: Bench, kept: Path) -> None:
    """Go works on a copy of the recipe."""
    before = _tree(bench.toolbox.recipes)
    build(bench.toolbox, None, lambda _: None, machine(kept))
    assert _tree(bench.toolbox.recipes) == before


def test_a_program_has_the_catalogs_names_not_gos(tmp_path: Path, kept: Path) -> None:
    """One name in the lab, another on disk, a third in Go's own eyes."""
    bench = Bench(tmp_path, replace(TINY, binaries=(Binary("small", TINY.module, file="little"),))).write()
    build(bench.toolbox, ["small"], lambda _: None, machine(kept))
    assert bench.toolbox.program("small").name == "little"
    assert _says(bench.toolbox.program("small")) == "tiny version v1.2.3"


def test_another_version_is_built_beside_the_old_one(bench: Bench, kept: Path) -> None:
    """A running lab keeps its programs."""
    build(bench.toolbox, None, lambda _: None, machine(kept))
    old = bench.toolbox.program("tiny")
    raised = Bench(bench.folder, replace(TINY, version="1.3.0", settings=(("main.version", "v1.3.0"),)))
    assert raised.toolbox.missing() == ("tiny",)
    build(raised.toolbox, None, lambda _: None, machine(kept))
    assert _says(raised.toolbox.program("tiny")) == "tiny version v1.3.0"
    assert _says(old) == "tiny version v1.2.3"


def test_gos_caches_do_not_stay_behind(bench: Bench) -> None:
    """Nothing but the tool and the lock is left; also not what a killed build had left."""
    killed = bench.toolbox.root / "tiny" / ".building-killed"
    (killed / "recipe").mkdir(parents=True)
    (bench.toolbox.root / ".go" / "modules" / "half").mkdir(parents=True)
    (bench.toolbox.root / ".go" / "modules" / "half").chmod(0o555)
    build(bench.toolbox, None, lambda _: None, machine(None))
    assert sorted(path.name for path in bench.toolbox.root.iterdir()) == [".lock", "tiny"]
    assert [path.name for path in (bench.toolbox.root / "tiny").iterdir()] == [bench.toolbox.folder(TINY).name]


def test_caches_of_a_killed_build_go_although_nothing_is_to_be_built(bench: Bench, kept: Path) -> None:
    """The next build of any kind removes them, and says so."""
    build(bench.toolbox, None, lambda _: None, machine(kept))
    (bench.toolbox.root / ".go" / "modules").mkdir(parents=True)
    told: list[str] = []
    build(bench.toolbox, None, told.append, machine(kept))
    assert told == ["removing Go's caches, which were needed for building only"]
    assert not (bench.toolbox.root / ".go").exists()


def test_a_broken_source_is_told_in_gos_own_words(bench: Bench, kept: Path) -> None:
    """The sentence names tool and cause; nothing half built stays; the mended one is then built."""
    bench.write("package main\n\nfunc main() { undefinedThing() }\n")
    with pytest.raises(Permanent, match=r"tiny 1\.2\.3 could not be built: go build ended .*") as caught:
        build(bench.toolbox, None, lambda _: None, machine(kept))
    assert "undefined: undefinedThing" in caught.value.sentence
    assert list((bench.toolbox.root / "tiny").iterdir()) == []
    assert bench.toolbox.missing() == ("tiny",)
    bench.write()
    build(bench.toolbox, None, lambda _: None, machine(kept))
    assert bench.toolbox.missing() == ()


def test_a_module_that_go_sum_does_not_know_is_refused(bench: Bench, kept: Path) -> None:
    """Go may not add to the recipe while it builds."""
    (bench.source / "main.go").write_text('package main\n\nimport _ "example.test/unknown"\n\nfunc main() {}\n')
    with pytest.raises(Permanent, match=r"example\.test/unknown"):
        build(bench.toolbox, None, lambda _: None, machine(kept))


def test_material_is_kept_as_it_lies_in_the_module(tmp_path: Path, kept: Path) -> None:
    """Folders with all in them and patterns; files that can be replaced, although the module's are read-only."""
    bench = Bench(tmp_path, replace(TINY, material=("config/crds", "api/**/*.proto"))).write()
    for name in ("config/crds/a.yaml", "config/crds/deep/b.yaml", "config/other.yaml", "api/x/y.proto", "api/x/y.go"):
        (bench.source / name).parent.mkdir(parents=True, exist_ok=True)
        (bench.source / name).write_text(name)
        (bench.source / name).chmod(0o444)
    build(bench.toolbox, None, lambda _: None, machine(kept))
    kept_files = {str(path.relative_to(bench.toolbox.material("tiny"))) for path in _files(bench)}
    assert kept_files == {"config/crds/a.yaml", "config/crds/deep/b.yaml", "api/x/y.proto"}
    assert all(path.stat().st_mode & 0o200 for path in _files(bench))


def _files(bench: Bench) -> list[Path]:
    return [path for path in bench.toolbox.material("tiny").rglob("*") if path.is_file()]


def test_material_that_the_module_lacks_is_a_defect_of_the_catalog(tmp_path: Path, kept: Path) -> None:
    """Better now than when the lab needs it."""
    bench = Bench(tmp_path, replace(TINY, material=("config/crds",))).write()
    with pytest.raises(Permanent, match="nothing that matches config/crds"):
        build(bench.toolbox, None, lambda _: None, machine(kept))
    with pytest.raises(NotBuilt):
        bench.toolbox.material("tiny")


def test_an_embedded_file_that_the_module_lacks_is_made(tmp_path: Path, kept: Path) -> None:
    """In a copy: the module stays as it is."""
    without = Bench(tmp_path, TINY).write(EMBEDDING)
    with pytest.raises(Permanent, match="no matching files"):
        build(without.toolbox, None, lambda _: None, machine(kept))
    bench = Bench(tmp_path, replace(TINY, prepare=("page/index.html",)))
    build(bench.toolbox, None, lambda _: None, machine(kept))
    assert bench.toolbox.missing() == ()
    assert not (bench.source / "page").exists()


def test_a_fitting_one_on_path_is_taken_and_left_when_it_fits_no_more(bench: Bench, kept: Path) -> None:
    """It is linked, not copied; when the user raises it, the next build makes its own."""
    users = script(bench.folder / "bin" / "tiny", "echo tiny version v1.2.9")
    told: list[str] = []
    build(bench.toolbox, None, told.append, machine(kept, str(users.parent)))
    assert bench.toolbox.program("tiny").readlink() == users
    assert f"{users} is taken" in told[-1]
    assert not any("building" in line for line in told)
    script(users, "echo tiny version v1.4.0")
    build(bench.toolbox, None, told.append, machine(kept, str(users.parent)))
    assert _says(bench.toolbox.program("tiny")) == "tiny version v1.2.3"


def test_a_taken_one_that_was_removed_is_missing(bench: Bench, kept: Path) -> None:
    """A link to nothing is no program."""
    users = script(bench.folder / "bin" / "tiny", "echo tiny version v1.2.9")
    build(bench.toolbox, None, lambda _: None, machine(kept, str(users.parent)))
    users.unlink()
    assert bench.toolbox.missing() == ("tiny",)
    build(bench.toolbox, None, lambda _: None, machine(kept))
    assert not bench.toolbox.program("tiny").is_symlink()
