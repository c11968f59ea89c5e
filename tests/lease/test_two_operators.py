"""Two operators at once, as two real processes: never two runs. And a killed one gives the lease back at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bootstrap.clock import SystemClock
from bootstrap.leases.composed import open_lease
from tests.lease.stage import CLUSTER, ESTATE

ROUNDS = 200
AHEAD_S = 0.003
"""Both are told the same moment, this far ahead, so that they truly meet."""


class Operator:
    """One process; `tell` and `hear` one line each."""

    def __init__(self, url: str, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.lease.operator_run", url, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.hear() == ["ready"]

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A journal that both operators use."""
    on_file = request.param == "sqlite"
    return str(tmp_path / "journal.db") if on_file else str(request.getfixturevalue("postgresql_database"))


@contextmanager
def _operators(url: str, *folders: Path) -> Iterator[list[Operator]]:
    operators = [Operator(url, folder) for folder in folders]
    try:
        yield operators
    finally:
        for operator in operators:
            operator.kill()


def test_of_two_operators_who_start_at_once_one_runs(url: str, tmp_path: Path) -> None:
    """In every round exactly one holds, the other is refused, and the number grows by one."""
    with _operators(url, tmp_path, tmp_path) as pair:
        for number in range(1, ROUNDS + 1):
            moment = time.monotonic() + AHEAD_S
            for operator in pair:
                operator.tell(f"try {moment}")
            answers = sorted(operator.hear() for operator in pair)
            assert answers == [["held", str(number)], ["refused"]]
            for operator in pair:
                operator.tell("end")
            assert [operator.hear() for operator in pair] == [["free"], ["free"]]


def test_a_killed_holder_gives_the_lease_back_at_once(url: str, tmp_path: Path) -> None:
    """kill -9, then the same command again on the same computer: no waiting for the end of the lease."""
    with _operators(url, tmp_path) as (holder,):
        holder.tell(f"try {time.monotonic()}")
        assert holder.hear() == ["held", "1"]
        holder.kill()
    lease = open_lease(url, tmp_path, cluster=CLUSTER, estate=ESTATE, clock=SystemClock())
    lease.acquire()
    assert lease.fencing == 2
    lease.release()
