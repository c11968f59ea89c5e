"""The world while somebody looks at it: its time follows a clock, its watchers are woken, its file is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from bootstrap.clock import Clock
from bootstrap.errors import Transient
from rehearsal import transitions
from rehearsal.world import World

SLACK_S = 1e-6
"""Timers of a loop are as exact as floating point is."""

Save = Callable[[World], None]


class Live:
    """Binds a world to a clock and the running loop.

    save: called before a client gets an answer that a kill could otherwise take back. on_lease_stolen: what a stolen
    lease means to the journal of this rehearsal.
    """

    def __init__(
        self, world: World, clock: Clock, save: Save | None = None, on_lease_stolen: Callable[[], None] | None = None
    ) -> None:
        self.world, self.clock = world, clock
        self._save, self._on_lease_stolen = save, on_lease_stolen
        self._offset: float | None = None
        self._saved_at = -1.0
        self._timer: asyncio.TimerHandle | None = None
        self._due = float("inf")
        self._watchers: dict[str, dict[asyncio.Event, None]] = {}

    def arrive(self) -> None:
        """A client asks: let everything happen that was due, and make it last."""
        now = self._now()
        world = self.world
        if world.queue and world.queue[0][0] <= now + SLACK_S:
            transitions.run_until(world, now, SLACK_S)
        else:
            world.now = max(world.now, now)
            if self._timer is not None and not world.changed and self._save is None:
                return  # most looks: nothing is due, nothing is new
        self.commit()

    def commit(self) -> None:
        """The world changed, or may have: wake the watchers, keep it, be there for what comes next."""
        world = self.world
        if world.changed:
            if "lease" in world.changed and self._on_lease_stolen is not None:
                world.effect("lease-stolen", "lease", "another operator")
                self._on_lease_stolen()
            self._wake()
            self._keep()
        elif self._save is not None and world.now - self._saved_at > 10.0:
            self._keep()
        queue = world.queue
        if queue and queue[0][0] < self._due:
            self._arm(queue[0][0])

    def call(self, call: str, target: str) -> bool:
        """Begin a call that may fail. Raises Transient when it is lost on its way; True when its answer will be."""
        self.arrive()
        world = self.world
        numbers = {where: world.calls.get(f"{call}:{where}", 0) + 1 for where in ("", target)}
        world.calls |= {f"{call}:{where}": number for where, number in numbers.items()}
        for fault in world.faults:
            if fault["call"] == call and numbers.get(fault["where"]) == fault["nth"]:
                if fault["kind"] == "lost-before":
                    raise Transient(f"{call} to {target}: the connection was reset before the call arrived")
                if fault["kind"] == "lost-after":
                    return True
        return False

    def answer(self, call: str, target: str, lost: bool) -> None:
        """End a call whose effect has happened. Raises Transient when its answer is lost."""
        self.commit()
        if lost:
            raise Transient(f"{call} to {target}: the connection was reset before the answer came")

    async def changes(self, keys: Sequence[str]) -> AsyncIterator[object]:
        """Yields whenever one of the kinds ("apps/v1/Deployment"), machines or releases changed."""
        event = asyncio.Event()
        for key in keys:
            self._watchers.setdefault(key, {})[event] = None
        self.arrive()
        try:
            while True:
                await event.wait()
                event.clear()
                yield None
        finally:
            for key in keys:
                self._watchers[key].pop(event, None)

    def _now(self) -> float:
        if self._offset is None:
            self._offset = self.world.now - self.clock.now()
        return self.clock.now() + self._offset

    def _wake(self) -> None:
        changed, self.world.changed = self.world.changed, {}
        for key in changed:
            for event in self._watchers.get(key, ()):
                event.set()

    def _keep(self) -> None:
        if self._save is not None:
            self._saved_at = self.world.now
            self._save(self.world)

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        delay = max(0.0, due - self._now())
        self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer, self._due = None, float("inf")
        self.arrive()
