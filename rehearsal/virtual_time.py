"""Time of a rehearsal: it jumps to the next timer when nothing is left to do, or runs at a multiple of real time."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH = 1_767_225_600.0
"""Unix time at which every world begins: 2026-01-01T00:00:00Z."""


class _Jumping(selectors.DefaultSelector):
    """Instead of waiting for a timer it says how far time has jumped."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0:
            return []
        ready = super().select(0 if timeout else None)
        if not ready and timeout is not None:
            self.passed += timeout
        return ready


class _Scaled(selectors.DefaultSelector):
    """Waits a fraction of what it is asked to wait; signals and threads still wake it at once."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self.speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self.speed if timeout else timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Costs no real time: when nothing is ready, `time()` jumps to the next timer."""

    def __init__(self, start: float = 0.0) -> None:
        self._start, self._jumping = start, _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._start + self._jumping.passed

    def jump(self, seconds: float) -> None:
        """Let time pass without anything running meanwhile, as it does for a computer that sleeps."""
        self._jumping.passed += seconds


class PacedLoop(asyncio.SelectorEventLoop):
    """speed: seconds of the rehearsal in one real second."""

    def __init__(self, speed: float, start: float = 0.0) -> None:
        self._speed, self._start, self._began = speed, start, time.monotonic()
        super().__init__(_Scaled(speed))

    def time(self) -> float:
        return self._start + (time.monotonic() - self._began) * self._speed

    def jump(self, seconds: float) -> None:
        self._start += seconds


class VirtualClock:
    """The engine's clock in a rehearsal (bootstrap.clock.Clock); use it inside of the loop that it measures."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return EPOCH + self.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def jump(self, seconds: float) -> None:
        """Suspend the computer for so long: nothing runs, all clocks go on."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop | PacedLoop):
            raise TypeError("only the loop of a rehearsal can jump")
        loop.jump(seconds)


def run_virtual(main: Callable[[], Coroutine[Any, Any, T]], start: float = 0.0) -> T:
    """Run a coroutine in virtual time. start: seconds of the world's own time at which it goes on."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start)) as runner:
        return runner.run(main())


def run_paced(main: Callable[[], Coroutine[Any, Any, T]], speed: float, start: float = 0.0) -> T:
    """Run a coroutine at `speed` seconds of the rehearsal in each real second."""
    with asyncio.Runner(loop_factory=lambda: PacedLoop(speed, start)) as runner:
        return runner.run(main())
