"""Whether a holder is surely gone, and when an office may be taken: tables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from bootstrap.leases.holder import NOBODY, Holder, Tenure, from_json, refusal, surely_gone, this_process, to_json
from bootstrap.leases.row_lease import may_take
from tests.lease.stage import ANNA, BERT, SUBJECT

HERE = replace(BERT, machine="id/boot/ns")
NOW, TTL = 10_000.0, 60.0


def _tenure(holder: Holder, heartbeat: float = NOW, released: bool = False) -> Tenure:
    return Tenure(holder, 3, NOW - 500, heartbeat, TTL, released)


def test_a_live_process_is_not_gone() -> None:
    """Not even when it is this one."""
    assert not surely_gone(this_process(), this_process())


@pytest.mark.parametrize("reaped", [True, False], ids=["reaped", "a zombie"])
def test_a_killed_process_is_gone(reaped: bool) -> None:
    """Also when its parent has not asked for its end yet."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    started = _start_time(child.pid)
    holder = replace(this_process(), pid=child.pid, started=started)
    assert not surely_gone(holder, this_process())
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    if reaped:
        child.wait()
    assert surely_gone(holder, this_process())
    child.wait()


def _start_time(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[19]


def test_a_pid_that_was_given_to_a_later_process_does_not_count() -> None:
    """The start time differs: the holder is gone, though its number lives."""
    assert surely_gone(replace(this_process(), started="1"), this_process())


@pytest.mark.parametrize("part", [0, 1, 2], ids=["another computer", "another boot", "another container"])
def test_elsewhere_nothing_is_sure(part: int) -> None:
    """A dead pid proves nothing where the processes cannot be seen."""
    here = this_process()
    ids = here.machine.split("/")
    ids[part] = "other"
    assert not surely_gone(replace(here, machine="/".join(ids), started="1"), here)


def test_where_the_machine_has_no_name_nothing_is_sure() -> None:
    """Not every operating system tells boots and processes apart; then the lease must run out."""
    assert not surely_gone(replace(ANNA, pid=os.getpid()), replace(this_process(), machine=""))


@pytest.mark.parametrize(
    ("tenure", "lock_held", "free"),
    [
        (_tenure(ANNA), False, False),
        (_tenure(ANNA, released=True), False, True),
        (_tenure(ANNA, heartbeat=NOW - TTL + 0.1), False, False),
        (_tenure(ANNA, heartbeat=NOW - TTL), False, True),
        (_tenure(ANNA, heartbeat=NOW + 9e8), False, False),
        (_tenure(ANNA), True, False),
        (_tenure(replace(ANNA, machine="id/earlier/ns")), True, True),
        (_tenure(replace(ANNA, machine="id/earlier/ns"), heartbeat=NOW + 9e8), True, True),
        (_tenure(replace(ANNA, machine="id/earlier/ns")), False, False),
        (_tenure(replace(ANNA, host=BERT.host)), True, True),
        (_tenure(replace(ANNA, host=BERT.host)), False, False),
    ],
    ids=[
        "held", "given back", "almost run out", "run out", "heartbeat in the future", "a file that two computers share",
        "our lock, earlier boot", "our lock, clock jumped back", "no lock, earlier boot", "our lock, same host name",
        "no lock, same host name",
    ],
)  # fmt: skip
def test_when_an_office_is_free(tenure: Tenure, lock_held: bool, free: bool) -> None:
    """Given back, run out, or this computer's lock proves that the holder ended."""
    assert may_take(tenure, HERE, NOW, lock_held=lock_held) is free


def test_a_holder_survives_its_way_through_json() -> None:
    """And a record that cannot be read is never taken for gone."""
    assert from_json(to_json(HERE)) == HERE
    assert from_json({"who": "anna", "colour": "red"}) == NOBODY
    assert not surely_gone(NOBODY, this_process())


def test_clocks_that_disagree_are_named() -> None:
    """A heartbeat ahead of this clock points to the time, not to a negative age."""
    assert "30 s ahead of this clock" in refusal(SUBJECT, _tenure(ANNA, heartbeat=NOW + 30), NOW).sentence
    assert "12 s ago" in refusal(SUBJECT, _tenure(ANNA, heartbeat=NOW - 12), NOW).sentence
