"""Wakes a waiting step when its gate's watch reports a change, or when it is time to look anyway."""

from __future__ import annotations

import asyncio
from types import TracebackType

from bootstrap.errors import Transient
from bootstrap.gate import Changes

RELIST_S = 30.0
"""Even a watch that says nothing is checked this often: watches can go silent."""
POLL_FIRST_S, POLL_LONGEST_S = 2.0, 10.0
REOPEN_S = 2.0


class Wakeups:
    """Use as an async context; `wait` ends at a change, at the next poll, or after the given seconds."""

    def __init__(self, changes: Changes | None) -> None:
        self._changes = changes
        self._woken = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._poll_s = POLL_FIRST_S if changes is None else RELIST_S

    async def __aenter__(self) -> Wakeups:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def wait(self, at_most_s: float) -> None:
        """Wait for the next reason to look. Raises what the watch raised, unless it was Transient."""
        if self._pump is None and self._changes is not None:  # not earlier: most waits end before they begin
            self._pump = asyncio.create_task(self._watch(self._changes))
        if self._pump is not None and self._pump.done():
            self._pump.result()
        alarm = asyncio.get_running_loop().call_later(max(0.0, min(at_most_s, self._poll_s)), self._woken.set)
        try:
            await self._woken.wait()
        finally:
            alarm.cancel()
        self._woken.clear()
        if self._changes is None:
            self._poll_s = min(POLL_LONGEST_S, self._poll_s * 1.5)

    async def _watch(self, changes: Changes) -> None:
        while True:
            try:
                async for _ in changes():
                    self._woken.set()
            except Transient:
                pass  # the API went away; the stream is opened again
            except Exception:
                self._woken.set()
                raise
            await asyncio.sleep(REOPEN_S)
            self._woken.set()  # what changed while nobody watched
