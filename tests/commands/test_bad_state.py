"""State that cannot be used, as commands: damaged, of the future, read-only, full. One clear error, nothing written."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.desk import LONGEST_S, MAIN, Desk, tree, typed
from tests.commands.record import effects, kinds, rows, world_of

RUN = ("bootstrap", *MAIN, "--pace", "max")


def _written(desk: Desk, statement: str) -> None:
    with closing(sqlite3.connect(desk.journal, isolation_level=None)) as database:
        database.execute(statement)


def _newer(desk: Desk) -> None:
    _written(desk, "UPDATE journal_schema_version SET version = version + 1")


def _damaged(desk: Desk) -> None:
    content = desk.journal.read_bytes()
    desk.journal.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def _of_the_future(desk: Desk) -> None:
    """As written by a computer whose clock was a year ahead."""
    _written(
        desk,
        "INSERT INTO journal_entries (cluster, estate, run, at, kind, body) SELECT cluster, estate, run, "
        "at + 31536000, kind, body FROM journal_entries ORDER BY id DESC LIMIT 1",
    )


STATES: dict[str, tuple[Callable[[Desk], object], tuple[str, ...]]] = {
    "a newer journal": (_newer, ("journal.sqlite", "newer Firstlight", "version 2", "next: use that newer version")),
    "a damaged journal": (_damaged, ("journal.sqlite", "is damaged", "--quarantine-journal")),
    "no database": (lambda desk: desk.journal.write_text("notes\n" * 99), ("journal.sqlite", "--quarantine-journal")),
    "a wrong clock": (_of_the_future, ("clock", "2027-01-01", "the journal's last entry", "next: set this computer's")),
    "a cut world": (lambda desk: desk.world.write_text('{"now": 1'), ("world.json", "expected", "--fresh")),
    "no world": (lambda desk: desk.world.write_text("[]"), ("world.json", "expected", "--fresh")),
}


@pytest.mark.parametrize("name", STATES)
def test_unusable_state_is_named_and_left_as_it_is(finished: Desk, name: str) -> None:
    """Exit code 1, the file, what to do; not one byte of the state is changed, nothing is added."""
    breaks, words = STATES[name]
    breaks(finished)
    before = tree(finished.state)
    ended = finished.run(*RUN)
    assert (ended.code, ended.out) == (1, ""), ended.end_of_it
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert [word for word in words if word not in ended.err] == [], ended.err
    assert tree(finished.state) == before


@pytest.mark.parametrize("name", ["a newer journal", "a damaged journal"])
def test_reading_commands_say_it_too(finished: Desk, name: str) -> None:
    """status, plan and report do not guess at a journal that they cannot read."""
    breaks, words = STATES[name]
    breaks(finished)
    for command in ("status", "plan", "report"):
        ended = finished.run(command, *MAIN)
        assert (ended.code, ended.out) == (1, ""), ended.end_of_it
        assert [word for word in words if word not in ended.err] == [], ended.err


def test_a_damaged_journal_is_set_aside_and_the_world_decides(finished: Desk) -> None:
    """The flag that the error named: the old file is kept, nothing is done twice, the run ends well."""
    _damaged(finished)
    damaged, done = finished.journal.read_bytes(), effects(finished.world)
    ended = finished.run(*RUN, "--quarantine-journal")
    assert ended.code == 0, ended.end_of_it
    (aside,) = finished.folder.glob("journal.sqlite.damaged-*")
    assert str(aside) in ended.err
    assert aside.read_bytes() == damaged
    assert kinds(finished.journal).count("RunStarted") == 1
    assert effects(finished.world) == done


def test_a_journal_that_can_be_read_is_not_set_aside(finished: Desk) -> None:
    """The flag is for a damaged one: a whole one is left where it is, and so is everything else."""
    before = tree(finished.state)
    ended = finished.run(*RUN, "--quarantine-journal")
    assert (ended.code, ended.out) == (1, ""), ended.end_of_it
    for words in (str(finished.journal), "can be read", "next: leave --quarantine-journal out"):
        assert words in ended.err
    assert tree(finished.state) == before


def test_a_newer_journal_is_not_set_aside(finished: Desk) -> None:
    """It is whole, only this program is too old for it: the error says so, and nothing is moved."""
    _newer(finished)
    before = tree(finished.state)
    ended = finished.run(*RUN, "--quarantine-journal")
    assert (ended.code, ended.out) == (1, ""), ended.end_of_it
    assert "next: use that newer version" in ended.err
    assert tree(finished.state) == before


def test_a_world_that_cannot_be_read_begins_anew_with_fresh(finished: Desk) -> None:
    """The flag that the error named."""
    finished.world.write_text("[]")
    ended = finished.run(*RUN, "--fresh")
    assert ended.code == 0, ended.end_of_it
    assert rows(finished.journal)[-1] == ("RunEnded", {"exit_code": 0, "exceptions": []})


@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_a_seed_that_the_world_does_not_have_is_refused(finished: Desk, words: tuple[str, ...]) -> None:
    """The world outlives its command: another seed could not change it. Nothing is written; --fresh is named."""
    before = tree(finished.state)
    ended = finished.run(*RUN, "--seed", "7", *words)
    assert (ended.code, ended.out) == (1, ""), ended.end_of_it
    assert [word for word in ("--seed: ", "seed 0", "not 7", "--fresh") if word not in ended.err] == [], ended.err
    assert tree(finished.state) == before


def test_a_world_goes_on_with_its_own_seed_or_none(desk: Desk) -> None:
    """Begun with a seed, even over another world: it is named again or left out."""
    steps = ("--until", "talos_config_applied")
    for words in (("--seed", "3"), ("--seed", "7", "--fresh"), ("--seed", "7"), ()):
        ended = desk.run(*RUN, *steps, *words)
        assert ended.code == 0, (words, ended.end_of_it)
    assert world_of(desk.world).seed == 7


@pytest.mark.parametrize("command", ["bootstrap", "status", "plan", "doctor", "report"])
def test_a_state_folder_that_cannot_be(desk: Desk, tmp_path: Path, command: str) -> None:
    """A file stands where the folder should be: reading finds nothing, or says where; running says where."""
    (tmp_path / "file").write_text("")
    ended = replace(desk, state=tmp_path / "file" / "state").run(command, *MAIN)
    assert "Traceback" not in ended.said
    if command == "bootstrap":
        assert ended.code == 1
    if ended.code == 1:
        assert str(tmp_path / "file") in ended.err
        assert "next: " in ended.err


def _in_mounts(desk: Desk, script: str) -> subprocess.CompletedProcess[str]:
    command = ["unshare", "--mount", "--map-root-user", "sh", "-euc", script]
    return subprocess.run(
        command, cwd=desk.root, env=desk.environ, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )


@pytest.mark.needs("mounts of its own")
def test_a_full_disk_is_named_and_the_run_goes_on_once_there_is_room(desk: Desk) -> None:
    """Exit code 1, where it is full, what to do; after that has been done the same command ends well."""
    here, run = shlex.quote(str(desk.state)), shlex.join(typed(*RUN))
    done = _in_mounts(
        desk,
        f"mkdir {here}; mount -t tmpfs -o size=8m tmpfs {here}; head -c 8000k /dev/zero > {here}/ballast;"
        f"{run} || echo code $?; rm {here}/ballast; {run}",
    )
    assert done.returncode == 0, done.stderr
    assert "code 1" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    said = done.stdout.partition("code 1")[0] + done.stderr
    assert str(desk.state) in said
    assert "next: " in said
    assert "make room" in said or "free some" in said


@pytest.mark.needs("mounts of its own")
def test_a_read_only_state_folder_is_named(finished: Desk) -> None:
    """Nothing runs that could not be journaled."""
    here, run = shlex.quote(str(finished.state)), shlex.join(typed(*RUN))
    done = _in_mounts(finished, f"mount --bind {here} {here}; mount -o remount,bind,ro {here}; {run}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert str(finished.folder) in done.stderr
    assert "next: " in done.stderr
