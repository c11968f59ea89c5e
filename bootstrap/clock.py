"""Time as it is handed to the engine: a clock that counts suspended time, a wall clock, and a sleep."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where the engine gets time from; the rehearsal and the tests bring their own."""

    def now(self) -> float:
        """Seconds that never go back and go on while the computer is suspended (deadlines, lease)."""

    def wall(self) -> float:
        """Unix time in seconds, for people and for the journal."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class SystemClock:
    """The computer's own clocks. CLOCK_BOOTTIME counts suspended time; where it is missing, the wall clock does."""

    def now(self) -> float:
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.clock_gettime(boot) if boot is not None else time.time()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
