"""The world outlives its process: as text, as a file, guarded against a second writer."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Refused
from inventory.problem import BadInput
from rehearsal.canonical import canonical_state, settle
from rehearsal.faults import Fault, inject
from rehearsal.world import World
from rehearsal.world_file import WorldFile
from rehearsal.world_json import UnreadableWorld, from_json, to_json
from tests.rehearsal.worlds import ROOT, apply_all, bare, begin_etcd, configured, do, everything, with_api

FAULTS = [Fault("node-dies", "k8s-5", at=900, for_s=30), Fault("lost-after", "k8s-1", call="bootstrap")]


@pytest.mark.parametrize(
    "world", [bare(), configured(), with_api(), everything(), inject(bare(), FAULTS)],
    ids=["bare", "configured", "api", "everything", "faults"],
)  # fmt: skip
def test_a_world_comes_back_as_it_was(world: World) -> None:
    """Text to world to text is the same text, and it is JSON."""
    text = to_json(world)
    assert to_json(from_json(text)) == text
    assert json.loads(text)["seed"] == 1


def test_what_was_going_on_goes_on() -> None:
    """A world stored in the middle ends as the one that was never stored."""
    whole, halves = bare(), bare()
    for world in (whole, halves):
        do(world, apply_all)
    settle(whole)
    settle(halves := from_json(to_json(halves)))
    do(whole, begin_etcd)
    do(halves, begin_etcd)
    settle(whole)
    settle(halves := from_json(to_json(halves)))
    assert canonical_state(halves) == canonical_state(whole)
    assert to_json(halves) == to_json(whole)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("{}", "cannot be read"),
        ("[]", "cannot be read"),
        ("{", "cannot be read"),
        ('{"format": 99}', "format 99, this program reads format 1"),
        ('{"format": 1}', "cannot be read"),
    ],
)
def test_other_texts_are_no_worlds(text: str, reason: str) -> None:
    """Whatever is wrong with it, it is one kind of error with a reason."""
    with pytest.raises(UnreadableWorld, match=reason):
        from_json(text)


def test_a_cut_text_is_no_world() -> None:
    """Half a file is never half a world."""
    text = to_json(configured())
    for size in (1, len(text) // 2, len(text) - 1):
        with pytest.raises(UnreadableWorld):
            from_json(text[:size])


def test_a_file_keeps_the_world(tmp_path: Path) -> None:
    """Saved, loaded, removed; only its owner may read it; no draft is left."""
    file = WorldFile(tmp_path / "deep" / "world.json")
    file.open()
    assert file.load() is None
    file.save(configured())
    found = file.load()
    assert found is not None
    assert to_json(found) == to_json(configured())
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["world.json", "world.json.lock"]
    file.remove()
    assert file.load() is None
    file.close()


def test_what_a_client_saw_is_in_the_file(tmp_path: Path) -> None:
    """Before an answer comes, the world is saved: killed after any answer, nothing seen is lost."""
    file = WorldFile(tmp_path / "world.json")
    world = bare()
    do(world, apply_all, save=file.save)
    found = file.load()
    assert found is not None
    assert {machine.phase for machine in found.machines.values()} == {"installing"}
    assert found.effects == world.effects


def test_a_file_that_is_no_world_names_itself(tmp_path: Path) -> None:
    """With its path, and with what to do."""
    path = tmp_path / "world.json"
    for content in (b"{}", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(BadInput) as error:
            WorldFile(path).load()
        assert str(path) in str(error.value)
        assert "--fresh" in str(error.value)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """While one process writes, another one is told; reading goes on."""
    path = tmp_path / "world.json"
    first = WorldFile(path)
    first.open()
    first.save(bare())
    code = (
        "import sys; from pathlib import Path; from rehearsal.world_file import WorldFile\n"
        "file = WorldFile(Path(sys.argv[1])); print(file.load().cluster)\n"
        "try:\n    file.open()\nexcept Exception as error:\n    print(type(error).__name__, error.sentence)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.startswith("main\nRefused another process is rehearsing in")
    first.close()


def test_the_next_writer_may_write(tmp_path: Path) -> None:
    """The guard ends with its holder."""
    file = WorldFile(tmp_path / "world.json")
    file.open()
    file.close()
    other = WorldFile(tmp_path / "world.json")
    other.open()
    other.close()


def test_a_killed_writer_leaves_a_whole_world_and_no_guard(tmp_path: Path) -> None:
    """kill -9 in the middle of saving, again and again: the file is always one whole world."""
    path = tmp_path / "world.json"
    code = (
        "import sys; from pathlib import Path; from rehearsal.world_file import WorldFile\n"
        "file = WorldFile(Path(sys.argv[1])); file.open(); world = file.load()\n"
        "print('go', flush=True)\nwhile True:\n    world.now += 1; file.save(world)\n"
    )
    file = WorldFile(path)
    file.open()
    file.save(everything())
    file.close()
    last = 0.0
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"go\n"
        while (found := file.load()) is not None and found.now <= last:
            pass
        writer.kill()
        writer.wait()
        writer.stdout.close()
        found = file.load()
        assert found is not None
        assert found.now > last
        last = found.now


def test_a_file_that_cannot_be_written_is_permanent(tmp_path: Path) -> None:
    """One error with the path and what to do, and the world before it is untouched."""
    file = WorldFile(tmp_path / "world.json")
    file.save(bare())
    (tmp_path / "world.json.new").mkdir()
    with pytest.raises(Permanent, match=r"cannot be written to .*world\.json"):
        file.save(configured())
    found = file.load()
    assert found is not None
    assert to_json(found) == to_json(bare())


def test_a_refusal_is_no_crash(tmp_path: Path) -> None:
    """Two files objects of one process count as two writers."""
    first, second = WorldFile(tmp_path / "w"), WorldFile(tmp_path / "w")
    first.open()
    with pytest.raises(Refused, match="another process is rehearsing"):
        second.open()
    first.close()
