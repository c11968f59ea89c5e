"""A toy world that outlives the process: what was asked of it happens, whether the caller still lives or not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bootstrap.errors import Transient
from bootstrap.events import Entry
from bootstrap.gate import Gate
from bootstrap.journal import MemoryJournal
from bootstrap.memory import Memory
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict
from tests.engine.toy import Walked, run, walk


class Killed(BaseException):
    """kill -9: nothing after it runs, as far as Python lets us pretend."""


@dataclass
class MortalJournal(MemoryJournal):
    """Kills the process at its `at`-th append (from 1; 0: never), and is dead from then on.

    stored: that entry is on disk. grouped: what was not yet durable is lost with the process.
    """

    kept: list[Entry]
    at: int = 0
    stored_then: bool = True
    grouped: bool = False
    appends: int = 0
    durable_to: int = 0

    def __post_init__(self) -> None:
        self.stored = self.kept
        self.durable_to = len(self.kept)

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        self.appends += 1
        if self.at and self.appends > self.at:
            raise Killed
        dies = self.appends == self.at
        if not dies or self.stored_then:
            super().append(entries, fencing=fencing, durable=durable)
            self.durable_to = len(self.stored) if durable else self.durable_to
        if dies:
            if self.grouped:
                del self.stored[self.durable_to :]
            raise Killed


@dataclass(frozen=True)
class Habits:
    """How one fact of the world comes about. takes_s: of the call; lag_s: from the call's start until it shows.

    hidden_s: the world does not show that it was asked for. lost, deaf: so many first calls fail after, or before,
    their effect.
    """

    takes_s: float = 1.0
    lag_s: float = 2.0
    hidden_s: float = 0.0
    stability_s: float = 0.0
    lost: int = 0
    deaf: int = 0


@dataclass
class LastingWorld:
    """needs: the graph that it checks acts against. effects: each accepted call, with the time at which it shows."""

    needs: Mapping[str, Sequence[str]]
    habits: Mapping[str, Habits] = field(default_factory=dict)
    began: float = 0.0
    effects: list[tuple[str, float, float]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    broken_rules: list[str] = field(default_factory=list)

    def now(self) -> float:
        return self.began + asyncio.get_running_loop().time()

    def true(self, at: float | None = None) -> set[str]:
        """The facts that hold: what 'the same final state' means here."""
        moment = self.now() if at is None else at
        return {name for name, _, shows in self.effects if shows <= moment}

    def steps(self) -> list[Step]:
        return [self._step(name) for name in self.needs]

    def _step(self, name: str) -> Step:
        habits = self.habits.get(name, Habits())

        async def act(_: Attempt) -> str:
            return await self._ask(name, habits)

        async def observe(_: Memory) -> Verdict:
            return self._look(name, habits)

        gate = Gate(f"{name} holds", observe, stability_s=habits.stability_s)
        return Step(name=name, summary=name, needs=tuple(self.needs[name]), gate=gate, act=act)

    async def _ask(self, name: str, habits: Habits) -> str:
        missing = set(self.needs[name]) - self.true()
        if missing:
            self.broken_rules.append(f"{name} acted before {missing}")
        self.calls.append(name)
        count = self.calls.count(name)
        if count <= habits.deaf:
            raise Transient("connection refused")
        self.effects.append((name, self.now(), self.now() + habits.lag_s))
        await asyncio.sleep(habits.takes_s)
        if count <= habits.deaf + habits.lost:
            raise Transient("connection reset")
        return f"asked for {name}"

    def _look(self, name: str, habits: Habits) -> Verdict:
        if name in self.true():
            return Holds()
        asked = [at for other, at, _ in self.effects if other == name]
        seen = any(self.now() >= at + habits.hidden_s for at in asked)
        return NotYet(f"{name} is not there", underway=seen)

    def session(self, journal: MortalJournal, **more: Any) -> Walked | None:
        """One process: its walk, or None when it was killed. The world goes on from where it is."""
        ended = self.began

        async def main() -> Walked:
            nonlocal ended
            try:
                return await walk(self.steps(), journal=journal, **more)
            finally:
                ended = self.now()
                assert asyncio.all_tasks() == {asyncio.current_task()}

        try:
            return run(main())
        except Killed:
            return None
        finally:
            self.began = ended
