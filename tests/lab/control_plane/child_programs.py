"""Programs as plain child processes of a scenario."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from lab.program import Program


class ChildPrograms:
    """Implements lab.program.Programs. logs: folder of one file a program."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, program: Program) -> None:
        await self.stop(program.name)
        await self._spawn(program)
        self._keepers[program.name] = asyncio.create_task(self._keep(program))

    async def stop(self, name: str) -> None:
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            keeper.cancel()
        process = self._processes.pop(name, None)
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def kill(self, name: str) -> None:
        self._processes[name].kill()

    def running(self, name: str) -> bool:
        return name in self._processes and self._processes[name].returncode is None

    async def _keep(self, program: Program) -> None:
        while True:
            await self._processes[program.name].wait()
            if not program.restart:
                return
            await asyncio.sleep(0.3)
            await self._spawn(program)

    async def _spawn(self, program: Program) -> None:
        with (self._logs / f"{program.name}.log").open("ab") as log:
            self._processes[program.name] = await asyncio.create_subprocess_exec(
                *program.argv, env={**os.environ, **program.env}, cwd=program.cwd, stdout=log, stderr=log
            )
