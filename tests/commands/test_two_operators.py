"""Two operators type the same command at once: one runs, the other is told who works there; reading goes on."""

from __future__ import annotations

import getpass
import re
import socket
from concurrent.futures import ThreadPoolExecutor

from tests.commands.desk import MAIN, Desk, Running, until
from tests.commands.record import kinds

ROUNDS = 3
HELD = re.compile(r"cluster main \(rehearsal\) is being worked on by (\S+) on (\S+) \(pid (\d+)\) since ")


def test_of_two_commands_at_once_one_runs(desk: Desk) -> None:
    """In every round one ends done; the other is refused by name, computer and process, and told what to do."""
    for number in range(1, ROUNDS + 1):
        with (
            desk.started("bootstrap", *MAIN, "--fresh", "--pace", "4") as one,
            desk.started("bootstrap", *MAIN, "--fresh", "--pace", "4") as other,
        ):
            pids = {one.process.pid: other, other.process.pid: one}
            refused, ran = _as_they_end(one, other)
            told = refused.end()
            assert told.code == 3, told.end_of_it
            held = HELD.search(told.err)
            assert held is not None, told.err
            assert held.groups()[:2] == (getpass.getuser(), socket.gethostname())
            assert pids[int(held.group(3))] is refused
            assert "next: wait until that run has ended" in told.err
            assert told.out == ""
            assert ran.end().code == 0
        assert kinds(desk.journal).count("RunStarted") == number


def _as_they_end(one: Running, other: Running) -> tuple[Running, Running]:
    until("the end of one of them", lambda: one.process.poll() is not None or other.process.poll() is not None)
    return (one, other) if one.process.poll() is not None else (other, one)


def test_reading_needs_no_lease(desk: Desk) -> None:
    """While a run holds the cluster, status, plan and report answer, and the run is not disturbed."""
    with desk.started("bootstrap", *MAIN, "--pace", "600") as running:
        running.hear("an act", lambda line: "acting" in line)
        with ThreadPoolExecutor(2) as pool:
            codes = {name: pool.submit(desk.run, name, *MAIN) for name in ("status", "plan", "report")}
            assert {name: ended.result().code for name, ended in codes.items()} == {
                "status": 0, "plan": 2, "report": 0,
            }  # fmt: skip
        assert running.process.poll() is None
        assert "no end yet: it was killed, or still runs" in codes["status"].result().out
    assert kinds(desk.journal).count("RunStarted") == 1
