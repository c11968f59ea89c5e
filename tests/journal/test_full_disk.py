"""A full disk, a file that may not grow and a read-only place, each made for real in mounts of the test's own."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PYTHON = shlex.quote(sys.executable)
WRITER = f"{PYTHON} -m tests.journal.writer"
READER = f"{PYTHON} -m tests.journal.reader"


def _run(script: str) -> list[Any]:
    """The lines that the script printed, read as JSON; it must end in order, without a traceback."""
    command = ["unshare", "--mount", "--map-root-user", "sh", "-euc", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.needs("mounts of its own")
@pytest.mark.parametrize("size_kib", [200, 400, 1000])
def test_a_full_disk_is_named_loses_nothing_durable_and_heals(tmp_path: Path, size_kib: int) -> None:
    """Every entry that was called durable is there; once space is free the same run goes on, without a gap."""
    here = shlex.quote(str(tmp_path))
    *durable, told, stored = _run(
        f"mount -t tmpfs -o size=2m tmpfs {here}; head -c $((2048 - {size_kib}))k /dev/zero > {here}/ballast;"
        f"{WRITER} {here}/journal.db {here} --then 'rm {here}/ballast';"
        f"{READER} {here}/journal.db"
    )
    assert "disk is full" in told["sentence"]
    assert str(tmp_path) in told["sentence"]
    assert "free some" in told["next_action"]
    assert durable == list(range(told["next"]))
    assert stored == list(range(told["next"] + 1))


@pytest.mark.needs("mounts of its own")
def test_a_disk_without_any_room_refuses_before_anything_runs(tmp_path: Path) -> None:
    """The lease cannot be taken there, so no run begins; the operator is told where."""
    here = shlex.quote(str(tmp_path))
    (told,) = _run(
        f"mount -t tmpfs -o size=64k tmpfs {here}; head -c 64k /dev/zero > {here}/ballast || true;"
        f"{WRITER} {here}/state/journal.db {here}"
    )
    assert str(tmp_path) in told["sentence"]
    assert "free some" in told["next_action"]


def test_a_file_that_may_not_grow_is_named(tmp_path: Path) -> None:
    """A quota or a file size limit is no full disk, but ends the same way; it needs no mount to be tried."""
    script = f"ulimit -f 64; exec {WRITER} {shlex.quote(str(tmp_path / 'journal.db'))} {shlex.quote(str(tmp_path))}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    *durable, told = [json.loads(line) for line in done.stdout.splitlines()]
    assert "over quota" in told["sentence"]
    assert durable == list(range(told["next"]))


@pytest.mark.needs("mounts of its own")
@pytest.mark.parametrize("filled", [True, False], ids=["a journal", "no journal yet"])
def test_a_read_only_place_is_named(tmp_path: Path, filled: bool) -> None:
    """No lease is taken there. SQLite's write-ahead mode cannot even read there; where nothing is, nothing is read."""
    here = shlex.quote(str(tmp_path))
    fill = f"(ulimit -f 64; {WRITER} {here}/journal.db {here} > /dev/null);" if filled else ""
    taken, read = _run(
        f"mount -t tmpfs tmpfs {here}; {fill} mount -o remount,ro {here};"
        f"{WRITER} {here}/journal.db {here}; {READER} {here}/journal.db"
    )
    for told in [taken, read] if filled else [taken]:
        assert str(tmp_path) in told["sentence"]
        assert "writable" in told["next_action"]
    assert filled or read == []
