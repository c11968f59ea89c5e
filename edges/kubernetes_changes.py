"""Who waits for which kind: however many gates wait for one, one thread watches it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from bootstrap.errors import Transient
from edges import workers
from edges.workers import Stream
from estate.kubernetes import Kind

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 4.0
"""Between two attempts to watch: while the API is away, and while a kind is not served."""


@dataclass(eq=False, slots=True)
class _Watched:
    """One kind, the task that watches it, and the waiters whom it wakes."""

    waiters: set[asyncio.Event] = field(default_factory=set)
    task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        for waiter in self.waiters:
            waiter.set()

    def check(self) -> None:
        """Raises what the watch raised."""
        if self.task is not None and self.task.done():
            self.task.result()


class Changes:
    """The watches of one connection. opened: makes the blocking stream of one kind."""

    def __init__(self, opened: Callable[[Kind], Stream[object]]) -> None:
        self._opened = opened
        self._watched: dict[Kind, _Watched] = {}

    async def of(self, *kinds: Kind) -> AsyncIterator[object]:
        """Yields whenever one of the kinds may have changed; changes that nobody took meanwhile are one.

        Raises Permanent and Refused as the watch does; Transient is waited out.
        """
        woken = asyncio.Event()
        joined = {kind: self._join(kind, woken) for kind in kinds}
        try:
            while True:
                await woken.wait()
                woken.clear()
                for watched in joined.values():
                    watched.check()
                yield kinds
        finally:
            ended = [self._leave(kind, watched, woken) for kind, watched in joined.items()]
            await asyncio.gather(*(task for task in ended if task is not None), return_exceptions=True)

    def _join(self, kind: Kind, woken: asyncio.Event) -> _Watched:
        watched = self._watched.get(kind)
        if watched is None or watched.task is None or watched.task.done():
            watched = self._watched[kind] = _Watched()
            watched.task = asyncio.create_task(self._watch(kind, watched))
        watched.waiters.add(woken)
        return watched

    def _leave(self, kind: Kind, watched: _Watched, woken: asyncio.Event) -> asyncio.Task[None] | None:
        """The task to be awaited, when it was the last waiter."""
        watched.waiters.discard(woken)
        if watched.waiters:
            return None
        if self._watched.get(kind) is watched:
            del self._watched[kind]
        if watched.task is not None:
            watched.task.cancel()
        return watched.task

    async def _watch(self, kind: Kind, watched: _Watched) -> None:
        try:
            await self._until_it_fails(kind, watched)
        finally:
            watched.wake()

    async def _until_it_fails(self, kind: Kind, watched: _Watched) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with aclosing(workers.stream(lambda: self._opened(kind))) as stream:
                    async for _ in stream:
                        pause = FIRST_PAUSE_S
                        watched.wake()
            except Transient:
                pass  # the API went away: what changes meanwhile is in the next list
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)
