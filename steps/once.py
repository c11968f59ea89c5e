"""A value that is made once a run, however many steps ask for it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Calls `make` for the first who asks; the others wait for that call. A failure is not kept."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self._made: list[T] = []

    async def get(self) -> T:
        """The value. Raises what `make` raises."""
        if not self._made:
            async with self._lock:
                if not self._made:
                    self._made.append(await self._make())
        return self._made[0]

    def forget(self) -> None:
        """Make it anew for the next who asks."""
        self._made.clear()
