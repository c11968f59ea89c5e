"""The lab's programs on the bare machine: started, started again, stopped, killed, and told of."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from lab.program import Program, until_ready
from lab.supervisor.processes import Ended, Processes
from tests.lab.supervisor.labs import LONGEST_S, running

ENV = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}


def _with(logs: Path, scenario: Callable[[Processes], Awaitable[None]]) -> None:
    async def run() -> None:
        programs = Processes(logs, ENV)
        try:
            await asyncio.wait_for(scenario(programs), LONGEST_S)
        finally:
            programs.hurry()
            await programs.stop_all()

    asyncio.run(run())


def _until(true: Callable[[], object], what: str) -> Awaitable[None]:
    async def ready() -> bool:
        return bool(true())

    return until_ready(what, ready, LONGEST_S / 2, 0.02)


def _pid(programs: Processes, name: str) -> int:
    return next(state.pid for state in programs.states() if state.name == name)


def _log(logs: Path, name: str) -> str:
    path = logs / f"{name}.log"
    return path.read_text() if path.exists() else ""


def test_it_has_its_environment_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's and the program's own variables, its folder, no input, a log of both outputs."""
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", "secret")
    (tmp_path / "there").mkdir()

    async def scenario(programs: Processes) -> None:
        argv = ("sh", "-c", "env; pwd; cat; echo to-stderr >&2; echo end")
        await programs.start(Program("one", argv, env={"MORE": "1"}, cwd=tmp_path / "there", restart=False))
        await _until(lambda: not programs.running("one"), "its end")

    _with(tmp_path, scenario)
    log = _log(tmp_path, "one")
    assert {"HOME=/nowhere", "MORE=1", f"{tmp_path}/there", "to-stderr", "end"} <= set(log.splitlines())
    assert "OP_SERVICE_ACCOUNT_TOKEN" not in log
    assert "starts: sh -c" in log.splitlines()[0]
    assert "ended with exit code 0" in log.splitlines()[-1]


def test_what_ends_by_itself_comes_back_after_growing_pauses(tmp_path: Path) -> None:
    """Each start is told in its log; the listener hears each end; the pause grows."""
    ends: list[tuple[float, Ended]] = []

    async def scenario(programs: Processes) -> None:
        clock = asyncio.get_running_loop().time
        programs.on_end(lambda ended: ends.append((clock(), ended)))
        await programs.start(Program("fails", ("sh", "-c", "exit 3")))
        await _until(lambda: len(ends) >= 4, "four ends")
        [state] = programs.states()
        assert state.restarts >= 3
        assert state.exit_code == 3

    _with(tmp_path, scenario)
    assert {ended for _, ended in ends} == {Ended("fails", 3, wanted=False)}
    pauses = [after - before for (before, _), (after, _) in pairwise(ends)]
    assert pauses[2] > pauses[1] > pauses[0] >= 0.2
    assert _log(tmp_path, "fails").count("starts:") >= 4


def test_without_restart_it_stays_ended(tmp_path: Path) -> None:
    """It is still listed, with its exit code."""

    async def scenario(programs: Processes) -> None:
        await programs.start(Program("once", ("sh", "-c", "exit 4"), restart=False))
        await _until(lambda: not programs.running("once"), "its end")
        await asyncio.sleep(0.5)
        assert [(s.name, s.running, s.restarts, s.exit_code) for s in programs.states()] == [("once", False, 0, 4)]

    _with(tmp_path, scenario)
    assert _log(tmp_path, "once").count("starts:") == 1


def test_stop_ends_all_of_it(tmp_path: Path) -> None:
    """TERM is heard; its children end too; it does not come back and is not listed any more."""

    async def scenario(programs: Processes) -> None:
        await programs.start(Program("family", ("sh", "-c", "trap 'echo heard; exit' TERM; sleep 99 & echo $!; wait")))
        await _until(lambda: len(_log(tmp_path, "family").splitlines()) == 2, "its child")
        child, pid = int(_log(tmp_path, "family").splitlines()[1]), _pid(programs, "family")
        await programs.stop("family")
        assert running([pid]) == []
        await _until(lambda: not running([child]), "the child's end")
        assert programs.states() == ()
        await programs.stop("family")
        await programs.stop("never-started")

    _with(tmp_path, scenario)
    assert "heard" in _log(tmp_path, "family").splitlines()


def test_stop_kills_what_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TERM is ignored: KILL follows."""
    monkeypatch.setattr("lab.supervisor.processes.GRACE_S", 0.3)

    async def scenario(programs: Processes) -> None:
        await programs.start(Program("deaf", ("sh", "-c", "trap '' TERM; echo deaf; while true; do sleep 99; done")))
        await _until(lambda: "deaf" in _log(tmp_path, "deaf").splitlines(), "its trap")
        pid = _pid(programs, "deaf")
        await programs.stop("deaf")
        assert running([pid]) == []

    _with(tmp_path, scenario)


def test_a_killed_program_comes_back_by_itself(tmp_path: Path) -> None:
    """When `kill` returns it is gone; then another process has its name."""

    async def scenario(programs: Processes) -> None:
        await programs.start(Program("server", ("sleep", "99")))
        first = _pid(programs, "server")
        await programs.kill("server")
        assert running([first]) == []
        assert not programs.running("server")
        await _until(lambda: programs.running("server"), "its return")
        assert _pid(programs, "server") != first
        await programs.kill("never-started")

    _with(tmp_path, scenario)


def test_started_again_it_is_another(tmp_path: Path) -> None:
    """`start` of what runs ends the first one, which is no end by itself."""
    ends: list[Ended] = []

    async def scenario(programs: Processes) -> None:
        programs.on_end(ends.append)
        await programs.start(Program("server", ("sleep", "98")))
        first = _pid(programs, "server")
        await programs.start(Program("server", ("sleep", "99")))
        assert running([first]) == []
        assert len(programs.states()) == 1

    _with(tmp_path, scenario)
    assert ends[0] == Ended("server", -signal.SIGTERM, wanted=True)


def test_stopped_in_its_pause_it_does_not_come_back(tmp_path: Path) -> None:
    """A program that just ended and waits for its next start is stopped like one that runs."""

    async def scenario(programs: Processes) -> None:
        await programs.start(Program("fails", ("false",)))
        await _until(lambda: not programs.running("fails"), "its end")
        await programs.stop("fails")
        await asyncio.sleep(0.5)
        assert not programs.running("fails")

    _with(tmp_path, scenario)
    assert _log(tmp_path, "fails").count("starts:") == 1


def test_many_stops_and_starts_at_once_leave_one(tmp_path: Path) -> None:
    """Whoever asks at the same time waits for the one before; the processes are as many as the programs."""
    mark = f"4{os.getpid()}"

    async def scenario(programs: Processes) -> None:
        some = Program("server", ("sleep", mark))
        await asyncio.gather(*(programs.start(some) if n % 3 else programs.stop("server") for n in range(12)))
        await programs.start(some)
        found = [pid for pid in os.listdir("/proc") if pid.isdigit() and _words(pid) == ["sleep", mark]]
        assert len(found) == 1

    _with(tmp_path, scenario)


def _words(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return []


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    """At first to who asks."""

    async def scenario(programs: Processes) -> None:
        with pytest.raises(FileNotFoundError):
            await programs.start(Program("lost", ("no-such-program",)))
        assert not programs.running("lost")

    _with(tmp_path, scenario)


def test_what_cannot_be_started_again_is_tried_on(tmp_path: Path) -> None:
    """A binary that vanished for a while comes back when it does."""
    program = tmp_path / "program"
    script = f"#!{sys.executable}\nimport time\ntime.sleep(99)\n"

    async def scenario(programs: Processes) -> None:
        program.write_text(script)
        program.chmod(0o755)
        await programs.start(Program("server", (str(program),)))
        program.unlink()
        await programs.kill("server")
        await _until(lambda: "could not be started" in _log(tmp_path, "server"), "the failure in its log")
        program.write_text(script)
        program.chmod(0o755)
        await _until(lambda: programs.running("server"), "its return")

    _with(tmp_path, scenario)
