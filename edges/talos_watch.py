"""Changes of machines: one watch for each, however many wait for it; polled cheaply while it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from edges.long_command import lines
from edges.talos_look import Looks
from edges.talos_resources import STATUS
from inventory.model import Node

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 5.0
_PULSE_S = 10.0


@dataclass(slots=True)
class _Watch:
    """One machine's watch. waiting: the events of those who want to know."""

    task: asyncio.Task[None]
    waiting: set[asyncio.Event] = field(default_factory=set)


class Watches:
    """The watches of one connection. Not to be shared between event loops."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._watches: dict[str, _Watch] = {}

    async def changes(self, nodes: Sequence[Node]) -> AsyncIterator[object]:
        """Yields at once, and whenever one of the machines may have changed. Never ends by itself."""
        changed = asyncio.Event()
        for node in nodes:
            self._watch(node).waiting.add(changed)
        try:
            yield None
            while True:
                with suppress(TimeoutError):  # etcd's members change without a word of the machine's status
                    async with asyncio.timeout(_PULSE_S):
                        await changed.wait()
                changed.clear()
                yield None
        finally:
            await self._leave(nodes, changed)

    def _watch(self, node: Node) -> _Watch:
        watch = self._watches.get(node.name)
        if watch is None or watch.task.done():
            waiting = watch.waiting if watch else set[asyncio.Event]()
            watch = self._watches[node.name] = _Watch(asyncio.create_task(self._follow(node)), waiting)
        return watch

    async def _leave(self, nodes: Sequence[Node], changed: asyncio.Event) -> None:
        ended = []
        for node in nodes:
            watch = self._watches[node.name]
            watch.waiting.discard(changed)
            if not watch.waiting:
                watch.task.cancel()
                ended.append(watch.task)
                del self._watches[node.name]
        await asyncio.gather(*ended, return_exceptions=True)

    def _tell(self, node: Node) -> None:
        for event in self._watches[node.name].waiting:
            event.set()

    async def _follow(self, node: Node) -> None:
        """For ever: wait until it answers, watch until the stream ends (it reboots, or goes into service)."""
        pause = _FIRST_PAUSE_S
        while True:
            answer = await self._looks.answer(node)
            if answer is None:
                pause = min(_LONGEST_PAUSE_S, pause * 1.5)
            else:
                self._tell(node)
                heard = await self._listen(node, insecure=not answer.trusted)
                self._tell(node)
                pause = _FIRST_PAUSE_S if heard else min(_LONGEST_PAUSE_S, pause * 1.5)
            await asyncio.sleep(pause)

    async def _listen(self, node: Node, *, insecure: bool) -> bool:
        argv = ("get", STATUS, "--watch", "--output", "json", *self._looks.access(node, insecure=insecure))
        heard = False
        async with aclosing(lines(self._looks.calls.shell, (self._looks.calls.program, *argv))) as said:
            async for _ in said:
                heard = True
                self._tell(node)
        return heard
