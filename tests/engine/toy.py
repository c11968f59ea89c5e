"""A toy world for the engine's tests: facts that become true, in virtual time, with nothing of a homelab in it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from bootstrap.errors import LeaseLost, Transient
from bootstrap.events import Entry
from bootstrap.gate import Gate
from bootstrap.graph import build
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.memory import Memory
from bootstrap.observers import Observer
from bootstrap.plan import Plan, resolve
from bootstrap.record import Record, fold
from bootstrap.recorder import Recorder
from bootstrap.retry import Retry
from bootstrap.runner import Header, Result, Runner
from bootstrap.selection import Selection
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict

T = TypeVar("T")

FOR_EVER_S = 100_000.0
"""A walk that takes so long, in virtual time, hangs."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """When nothing is ready, time jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self._now = max(self._now, self._scheduled[0]._when)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class ToyClock:
    """Virtual time; `jump` is a suspended laptop: the clock goes on, timers do not."""

    def __init__(self) -> None:
        self.jumped = 0.0

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.jumped

    def wall(self) -> float:
        return 1_800_000_000.0 + self.now()

    def jump(self, seconds: float) -> None:
        self.jumped += seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class ToyLease:
    """A lease whose end and theft the test decides."""

    fencing: int = 1
    reach: str = "this test"
    heartbeat_s: float = 15.0
    stolen: bool = False
    silent: bool = False
    ends: float = float("inf")
    clock: ToyClock | None = None
    renewed: int = 0

    def acquire(self) -> None: ...

    def renew(self) -> None:
        self.renewed += 1
        if self.stolen:
            raise LeaseLost("another run holds the lease", "end")
        if self.silent:
            raise Transient("the store does not answer")
        self.ends = float("inf")

    def check(self) -> None:
        if self.clock is not None and self.clock.now() >= self.ends:
            raise LeaseLost("the lease ran out", "end")

    def release(self) -> None: ...


@dataclass
class World:
    """Facts that are true, and a log of all effects with their times."""

    true: set[str] = field(default_factory=set)
    effects: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    busy: int = 0
    most_busy: int = 0

    def becomes_true(self, fact: str, after_s: float = 0.0) -> None:
        if after_s == 0:
            self.true.add(fact)
        else:
            asyncio.get_running_loop().call_later(after_s, self.true.add, fact)


def fact(
    world: World,
    name: str,
    *needs: str,
    act: Callable[[Attempt], Awaitable[str]] | None = None,
    observe: Callable[[Memory], Awaitable[Verdict]] | None = None,
    takes_s: float = 1.0,
    lag_s: float = 0.0,
    stability_s: float = 0.0,
    grace_s: float = 0.0,
    waits: bool = False,
    **more: Any,
) -> Step:
    """A step that makes one fact of the toy world true: `takes_s` to act, `lag_s` until it shows."""

    async def default_act(attempt: Attempt) -> str:
        world.effects.append(name)
        world.busy += 1
        world.most_busy = max(world.most_busy, world.busy)
        try:
            await asyncio.sleep(takes_s)
        finally:
            world.busy -= 1
        world.becomes_true(name, lag_s)
        return f"made {name}"

    async def default_observe(_: Memory) -> Verdict:
        world.looks.append(name)
        if name in world.true:
            return Holds({"fact": name})
        return NotYet(f"{name} is not true", underway=bool(world.effects.count(name)) and lag_s > 0)

    gate = Gate(f"{name} is true", observe or default_observe, stability_s=stability_s, grace_s=grace_s)
    return Step(name=name, summary=name, needs=needs, gate=gate, act=None if waits else act or default_act, **more)


@dataclass
class Walked:
    """One finished walk: its result, its entries, when it ended (virtual seconds), and the record at its end."""

    result: Result
    entries: tuple[Entry, ...]
    ended: float
    record: Record

    def kinds(self, step: str) -> list[str]:
        """The kinds of events of one step, in order."""
        return [type(e.event).__name__ for e in self.entries if getattr(e.event, "step", None) == step]

    def endings(self) -> Mapping[str, str]:
        return {id: outcome.ending.value for id, outcome in self.result.outcomes.items()}


async def walk(
    steps: Sequence[Step],
    *,
    selection: Selection | None = None,
    journal: Journal | None = None,
    lease: ToyLease | None = None,
    clock: ToyClock | None = None,
    during: Callable[[Runner], Coroutine[Any, Any, None]] | None = None,
    before: Callable[[Runner], None] | None = None,
    observers: Sequence[Observer] = (),
    seed: int = 0,
    **limits: Any,
) -> Walked:
    """Walk a toy graph. `before` is called, `during` runs beside it, both with the runner in hand."""
    plan: Plan = resolve(build(steps), selection or Selection(), **limits)
    journal, clock = journal or MemoryJournal(), clock or ToyClock()
    lease = lease or ToyLease()
    known = len(list(journal.entries()))
    recorder = Recorder(f"run-{known}", journal, lease, clock, fold(journal.entries()), observers)
    runner = Runner(plan, Header("toy", "test", "0" * 40), recorder, lease, clock, Random(seed))
    if before is not None:
        before(runner)
    beside = asyncio.create_task(during(runner)) if during else None
    try:
        async with asyncio.timeout(FOR_EVER_S):
            result = await runner.walk()
    finally:
        if beside is not None:
            beside.cancel()
            await asyncio.wait([beside])
    return Walked(result, tuple(journal.entries())[known:], asyncio.get_running_loop().time(), recorder.record)


PATIENT = Retry(attempts=5, first_s=1.0, longest_s=8.0)
