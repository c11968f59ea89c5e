"""kill -9 in the middle of appends: what is read back is a prefix, and holds all that was durable."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.journal.places import Place, numbers

KILLS = 4


def _write_and_kill(place: Place, every: int, after_s: float) -> int:
    """Let a writer run for a while, kill it; the last number that it called durable."""
    command = [sys.executable, "-m", "tests.journal.writer", place.url, str(place.folder), "--every", str(every)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(after_s)
    process.kill()
    told = [first, *process.stdout.read().splitlines(keepends=True)]
    process.wait()
    return max(int(line) for line in told if line.endswith("\n"))


@pytest.mark.parametrize("every", [1, 5], ids=["all durable", "grouped"])
def test_a_killed_writer_leaves_a_prefix_with_all_that_was_durable(place: Place, every: int) -> None:
    """Each kill is followed by a new writer on the same journal: its lease is free at once."""
    seed = random.Random(every)
    before = 0
    for _ in range(KILLS):
        durable = _write_and_kill(place, every, seed.random() / 10)
        journal = place.journal()
        found = numbers(journal.entries())[before:]
        journal.close()
        assert found == list(range(len(found)))
        assert len(found) > durable
        before += len(found)


def test_the_journal_of_a_killed_writer_needs_no_repair(file: Place) -> None:
    """The -wal that the kill left behind is read as it is, and a later writer goes on."""
    _write_and_kill(file, 1, 0.05)
    assert Path(f"{file.url}-wal").exists()
    count = len(numbers(file.journal().entries()))
    lease, journal = file.held(), file.journal()
    journal.append([], fencing=lease.fencing, durable=True)
    assert len(numbers(journal.entries())) == count
