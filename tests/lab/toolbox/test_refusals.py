"""What stands against a build is said before anything is built."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.errors import Permanent
from inventory.problem import BadInput
from lab.toolbox.building import Machine, build
from lab.toolbox.caches import KEEP, caches
from lab.toolbox.go import numbers, settings, tail
from lab.toolbox.space import GIB, check_space, needed_bytes
from tests.lab.toolbox.tiny import Bench, machine, script


def _refused(bench: Bench, machine: Machine) -> Permanent:
    """The error of a build that did not begin."""
    told: list[str] = []
    with pytest.raises(Permanent) as caught:
        build(bench.toolbox, None, told.append, machine)
    assert not any("building tiny" in line for line in told)
    assert bench.toolbox.missing() == ("tiny",)
    return caught.value


def test_without_go(bench: Bench) -> None:
    """The sentence names Go and the action says what to install."""
    error = _refused(bench, Machine({"PATH": str(bench.folder)}))
    assert "no Go on PATH" in error.sentence
    assert "install Go" in error.next_action


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("echo go1.19.8", "it says go1.19.8"),
        ("echo broken >&2; exit 2", "it says broken"),
        ("exit 2", "it says it said"),
    ],
)
def test_with_a_go_that_is_too_old_or_broken(bench: Bench, says: str, sentence: str) -> None:
    """One that can fetch no newer toolchain is of no use."""
    script(bench.folder / "old" / "go", says)
    error = _refused(bench, Machine({"PATH": f"{bench.folder / 'old'}{os.pathsep}{os.defpath}"}))
    assert sentence in error.sentence
    assert "install Go" in error.next_action


@pytest.mark.needs("go")
def test_with_too_little_room(bench: Bench) -> None:
    """Needed and found stand side by side; what a killed build left is given back before that is said."""
    (bench.toolbox.root / ".go" / "modules").mkdir(parents=True)
    error = _refused(bench, machine(None, free=GIB))
    assert "needs 5.5 GiB" in error.sentence
    assert "has 1.0 GiB free" in error.sentence
    assert not (bench.toolbox.root / ".go").exists()


def test_a_file_system_without_room_is_refused_and_one_with_enough_is_not(tmp_path: Path) -> None:
    """The border is what is needed."""
    check_space(tmp_path, 3, False, lambda _: needed_bytes(3, False))
    with pytest.raises(Permanent):
        check_space(tmp_path, 3, False, lambda _: needed_bytes(3, False) - 1)


def test_all_tools_cold_need_what_was_measured() -> None:
    """13 GiB of modules, 18 GiB of objects, 1.5 GiB of programs; far less where caches are kept."""
    assert 33 * GIB <= needed_bytes(16, False) <= 40 * GIB
    assert needed_bytes(16, True) < needed_bytes(2, False)


@pytest.mark.parametrize(
    ("named", "modules", "temporary"),
    [
        ("", "/tools/.go/modules", True),
        ("/kept", "/kept/modules", False),
        ("user", None, False),
    ],
)
def test_where_go_keeps_modules(named: str, modules: str | None, temporary: bool) -> None:
    """A folder of ours that goes, one to keep, or Go's own."""
    chosen = caches({KEEP: named}, Path("/tools"))
    environment = settings({}, chosen)
    assert environment.get("GOMODCACHE") == modules
    assert chosen.temporary is temporary
    assert ("-modcacherw" in environment["GOFLAGS"]) is temporary


def test_a_relative_cache_folder_is_bad_input() -> None:
    """Go refuses it in words of its own, after a while."""
    with pytest.raises(BadInput, match=KEEP):
        caches({KEEP: "some/where"}, Path("/tools"))


def test_the_users_settings_do_not_change_what_is_built() -> None:
    """Flags, workspace and cgo are ours; proxy and certificates are the user's."""
    users = {
        "GOFLAGS": "-mod=vendor",
        "GOWORK": "/x/go.work",
        "CGO_ENABLED": "1",
        "GOPROXY": "off",
        "SSL_CERT_FILE": "/c",
    }
    made = settings(users, caches({}, Path("/tools")))
    assert (made["GOWORK"], made["CGO_ENABLED"], made["GOPROXY"], made["SSL_CERT_FILE"]) == ("off", "0", "off", "/c")
    assert made["GOFLAGS"].split()[0] == "-mod=readonly"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.26.8\n", (1, 26, 8)),
        ("go1.27", (1, 27, 0)),
        ("1.26.0", (1, 26, 0)),
        ("go1.27rc1", (1, 27, 0)),
        ("?", (0, 0, 0)),
    ],
)
def test_versions_of_go_as_numbers(text: str, version: tuple[int, int, int]) -> None:
    """As `go env GOVERSION` says them."""
    assert numbers(text) == version


def test_of_gos_complaint_the_end_is_shown_without_downloads() -> None:
    """The cause stands last; progress is none."""
    lines = [f"go: downloading example.test/{n} v1.0.0" for n in range(50)] + [f"cause {n}" for n in range(40)] + [""]
    assert tail("\n".join(lines)).splitlines() == [f"cause {n}" for n in range(25, 40)]
    assert tail("go: downloading x v1\n\n") == "it said nothing"


@pytest.mark.needs("go")
def test_room_that_a_killed_build_takes_is_given_back_and_used(bench: Bench, kept: Path) -> None:
    """Nobody has to remove its caches by hand first."""
    left = bench.toolbox.root / ".go"
    left.mkdir(parents=True)
    short = replace(machine(kept), free=lambda _: GIB if left.exists() else 100 * GIB)
    build(bench.toolbox, None, lambda _: None, short)
    assert bench.toolbox.missing() == ()
