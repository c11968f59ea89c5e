"""The lab's processes: started, watched, started again when they end, stopped. Implements lab.program.Programs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.program import Program
from lab.supervisor import program_log

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
STEADY_S = 10.0
"""What ran this long begins with the first pause again."""
GRACE_S = 5.0
"""Seconds between TERM and KILL."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A program ended. exit_code: -N when signal N ended it. wanted: it was stopped, it did not end by itself."""

    name: str
    exit_code: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class ProgramState:
    """One program as `lab.status` shows it. pid: inside the lab. exit_code: of its last end; None before one."""

    name: str
    pid: int
    running: bool
    restarts: int
    exit_code: int | None


@dataclass
class _Kept:
    program: Program
    process: asyncio.subprocess.Process
    watch: asyncio.Task[None] | None = None
    restarts: int = 0
    exit_code: int | None = None

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    def signal(self, number: signal.Signals) -> None:
        """To all of its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Processes:
    """env: of every program. logs: folder of their logs."""

    def __init__(self, logs: Path, env: Mapping[str, str]) -> None:
        self._logs = logs
        self._env = env
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._listeners: list[Callable[[Ended], object]] = []
        self._grace_s = GRACE_S

    def on_end(self, listener: Callable[[Ended], object]) -> None:
        """Call this with every program that ended, in the lab's event loop."""
        self._listeners.append(listener)

    async def start(self, program: Program) -> None:
        """See Programs. Raises OSError when it cannot be begun."""
        async with self._lock(program.name):
            await self._stop(program.name)
            kept = _Kept(program, await self._spawn(program))
            kept.watch = asyncio.create_task(self._watch(kept), name=f"watch {program.name}")
            self._kept[program.name] = kept

    async def stop(self, name: str) -> None:
        """See Programs. It is not listed any more."""
        async with self._lock(name):
            await self._stop(name)

    async def kill(self, name: str) -> None:
        """See Programs. Returns when its process is gone."""
        kept = self._kept.get(name)
        if kept is not None and kept.running:
            kept.signal(signal.SIGKILL)
            await kept.process.wait()

    def running(self, name: str) -> bool:
        """See Programs."""
        kept = self._kept.get(name)
        return kept is not None and kept.running

    def states(self) -> tuple[ProgramState, ...]:
        """All programs that were started and not stopped, by name."""
        return tuple(
            ProgramState(name, kept.process.pid, kept.running, kept.restarts, kept.exit_code)
            for name, kept in sorted(self._kept.items())
        )

    def hurry(self) -> None:
        """The lab ends, with all its data: from now on what is stopped is killed at once."""
        self._grace_s = 0.0

    async def stop_all(self) -> None:
        """Stop every program, all at the same time."""
        await asyncio.gather(*(self.stop(name) for name in list(self._kept)))

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        with program_log.opened(self._logs, program.name, program.argv) as log:
            return await asyncio.create_subprocess_exec(
                *program.argv,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd=program.cwd,
                env={**self._env, **program.env}, start_new_session=True,
            )  # fmt: skip

    async def _stop(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        if kept is None:
            return
        if kept.watch is not None:
            kept.watch.cancel()
            await asyncio.wait({kept.watch})
        if kept.running:
            await self._end(kept)
            self._tell(kept, wanted=True)

    async def _end(self, kept: _Kept) -> None:
        if self._grace_s:
            kept.signal(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(kept.process.wait(), self._grace_s)
        kept.signal(signal.SIGKILL)
        await kept.process.wait()

    async def _watch(self, kept: _Kept) -> None:
        pause = FIRST_PAUSE_S
        while True:
            began = asyncio.get_running_loop().time()
            await kept.process.wait()
            kept.signal(signal.SIGKILL)  # what it left behind in its group
            self._tell(kept, wanted=False)
            if not kept.program.restart:
                return
            if asyncio.get_running_loop().time() - began >= STEADY_S:
                pause = FIRST_PAUSE_S
            pause = await self._again(kept, pause)

    async def _again(self, kept: _Kept, pause: float) -> float:
        """Start it again after `pause` seconds, and after longer ones while that fails. Returns the next pause."""
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            try:
                kept.process = await self._spawn(kept.program)
            except OSError as error:
                program_log.note(self._logs, kept.program.name, f"could not be started: {error}")
                continue
            kept.restarts += 1
            return pause

    def _tell(self, kept: _Kept, *, wanted: bool) -> None:
        kept.exit_code = kept.process.returncode
        program_log.note(self._logs, kept.program.name, f"ended with exit code {kept.exit_code}")
        for listener in self._listeners:
            listener(Ended(kept.program.name, kept.exit_code or 0, wanted))
