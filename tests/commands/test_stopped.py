"""Ctrl-C, a polite kill and a closed terminal: the run ends in order, says so, and the next one goes on."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys

import pytest

from tests.commands.desk import LONGEST_S, MAIN, REPOSITORY, Desk, Running, typed
from tests.commands.record import kinds, rows

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
SLOW = ("bootstrap", *MAIN, "--pace", "600")


def _acting(line: str) -> bool:
    return '"kind": "Acting"' in line


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_first_signal_ends_the_run_in_order(desk: Desk, number: signal.Signals) -> None:
    """Exit code 130, the summary says that it was cancelled, the journal has the run's end, nothing is left running."""
    with desk.started(*SLOW, "--format", "json") as running:
        running.hear("an act", _acting)
        running.tell(number)
        ended = running.end()
    summary = json.loads(ended.out.splitlines()[-1])
    assert (ended.code, ended.err) == (130, "")
    assert (summary["kind"], summary["outcome"], summary["exit_code"]) == ("Summary", "cancelled", 130)
    assert rows(desk.journal)[-1] == ("RunEnded", {"exit_code": 130, "exceptions": []})
    assert desk.left_behind() == []


def test_a_stopped_run_is_said_to_be_so_and_the_next_goes_on(desk: Desk) -> None:
    """The words for the operator, and the same command afterwards: it ends well, and begins etcd no second time."""
    with desk.started(*SLOW) as running:
        running.hear("an act", lambda line: "acting" in line)
        running.tell(signal.SIGINT)
        stopped = running.end()
    assert "CANCELLED (exit code 130): main" in stopped.out
    assert "the same command goes on from here" in stopped.out
    assert desk.run("bootstrap", *MAIN, "--pace", "max").code == 0
    assert kinds(desk.journal).count("RunStarted") == kinds(desk.journal).count("RunEnded") == 2


def test_the_second_signal_ends_at_once() -> None:
    """A run that does not come to its end after the first is not waited for."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.commands.stubborn"],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running = Running(process, "a stubborn run")
    try:
        running.hear("its beginning", lambda line: line == "ready\n")
        running.tell(signal.SIGINT)
        running.hear("the first signal", lambda line: line == "heard\n")
        assert process.poll() is None
        running.tell(signal.SIGTERM)
        assert running.end().code == 130
    finally:
        running.kill()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_before_the_run_began_is_a_stop_too(number: signal.Signals) -> None:
    """There is no run to end, or none at all: exit code 130 and one line that promises nothing.

    Python and invoke would say 1.
    """
    script = (
        "import os, time\nfrom operations.closing import closed\n"
        f"def command(): os.kill(os.getpid(), {number.value}); time.sleep(60); return 0\n"
        "raise SystemExit(closed(command))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (130, "stopped by the operator")


def test_nohup_keeps_a_run_going(desk: Desk) -> None:
    """A hang-up that the operator asked to be ignored stops nothing; Ctrl-C still does."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with desk.started("bootstrap", *MAIN, "--pace", "20") as running:
            running.hear("a config that is applied", lambda line: "talos_config_applied" in line and "acting" in line)
            running.tell(signal.SIGHUP)
            running.hear("a node that booted", lambda line: "talos_config_applied" in line and "done" in line)
            running.tell(signal.SIGINT)
            assert running.end().code == 130
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_reader_that_goes_away_stops_no_run(desk: Desk) -> None:
    """`bootstrap | head -1`: the run goes to its end, its exit code is its own, and nobody sees a traceback."""
    line = f"{shlex.join(typed('bootstrap', *MAIN, '--pace', '2'))} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=desk.root, env=desk.environ, capture_output=True, text=True, timeout=LONGEST_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert rows(desk.journal)[-1] == ("RunEnded", {"exit_code": 0, "exceptions": []})
