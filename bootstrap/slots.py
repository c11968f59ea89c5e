"""A limited number of acts at the same time; who waits longest chain first gets the next free slot."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """`limit` slots. A waiter with a longer chain of work behind it (its tail, in seconds) goes first."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._order = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def taken(self, tail_s: float) -> AsyncIterator[None]:
        """Hold one slot inside the context."""
        await self._take(tail_s)
        try:
            yield
        finally:
            self._give()

    async def _take(self, tail_s: float) -> None:
        if self._free > 0:
            self._free -= 1
            return
        self._order += 1
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-tail_s, self._order, granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1
