"""A program of the lab: what is started, as data; and who starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Program:
    """name: unique in the lab, and that of its log. argv: argv[0] is a path or a name on the lab's PATH.

    No secret stands in argv. env: added to the lab's own. restart: start it again when it ends by itself (a controller
    whose CRDs are not there yet ends at once), after a pause that grows to some seconds.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    restart: bool = True


class Programs(Protocol):
    """The lab's processes. All of them end with the lab, whatever happens to the supervisor."""

    async def start(self, program: Program) -> None:
        """Start it, or start it anew when it runs. Returns when the process was begun; readiness is the caller's."""

    async def stop(self, name: str) -> None:
        """TERM, then KILL after some seconds. Does nothing when it does not run."""

    async def kill(self, name: str) -> None:
        """KILL at once; a program with `restart` then comes back by itself."""

    def running(self, name: str) -> bool:
        """Whether its process lives now."""


async def until_ready(what: str, ready: Callable[[], Awaitable[bool]], timeout_s: float, pause_s: float = 0.1) -> None:
    """Wait until `ready`. Raises TimeoutError that names what was waited for."""
    try:
        async with asyncio.timeout(timeout_s):
            while not await ready():  # noqa: ASYNC110 - what becomes ready is another process
                await asyncio.sleep(pause_s)
    except TimeoutError:
        raise TimeoutError(f"{what} was not ready within {timeout_s:g} s") from None
