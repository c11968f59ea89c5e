"""The lines of a command that runs until nobody listens any more: for watches."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress

from bootstrap.secret import Secret
from edges import leftovers
from edges.child import _die_with
from edges.command import NotInstalled
from edges.environment import environment
from edges.process_tree import MARK
from edges.shell import Shell

_GRACE_S = 2.0


async def lines(
    shell: Shell, argv: Sequence[str], env: Mapping[str, Secret | str] | None = None
) -> AsyncGenerator[bytes, None]:
    """What it writes to stdout, line by line, until it ends by itself; what it complains of is not heard.

    It runs in a session of its own, is on record for the next run, and ends with this generator (to be used with
    contextlib.aclosing). No secret may stand in argv. Raises NotInstalled.
    """
    mark = leftovers.new_mark()
    shown = environment({**shell.env, **(env or {})}) | {MARK: mark}
    program = shutil.which(argv[0], path=shown.get("PATH", ""))
    if program is None:
        raise NotInstalled(f"{argv[0]} is not on PATH", f"install {argv[0]}, then run the same command again")
    with leftovers.recorded(shell.state_dir, mark, argv[0]) as record:
        process = await asyncio.create_subprocess_exec(
            program,
            *argv[1:],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=shown,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        try:
            if record is not None:
                leftovers.record_start(record, process.pid)
            assert process.stdout is not None
            async for line in process.stdout:
                yield line
        finally:
            await asyncio.shield(_ended(process))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """TERM, and KILL some seconds later, to its whole group. Waits for its end."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await process.wait()
                return
