"""Acting: attempts of a step's effect, recorded durably before and after each, until one is accepted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bootstrap.errors import Cancelled, LeaseLost, Permanent, Transient, classify
from bootstrap.events import Acted, Acting, AttemptFailed, Consented, GenerationOpened, Pinned
from bootstrap.gate import Gate
from bootstrap.lease import assure
from bootstrap.memory import Memory
from bootstrap.retry import retrying
from bootstrap.step import Act, Step
from bootstrap.surroundings import Surroundings
from bootstrap.verdict import NotYet, Verdict

LAST_LOOK_S = 10.0
"""Seconds that the look at a step's deadline may take: it says what was false in the end."""


@dataclass(frozen=True, slots=True)
class NumberedAttempt:
    """What an act is given (the port is `bootstrap.step.Attempt`)."""

    number: int
    here: Surroundings

    @property
    def memory(self) -> Memory:
        return self.here.recorder.record.memory

    def pin(self, key: str, value: str) -> None:
        self.here.recorder.note(Pinned(key, value), durable=True)

    def open_generation(self, why: str) -> None:
        self.here.recorder.note(GenerationOpened(self.memory.generation + 1, why), durable=True)

    def consent(self, items: frozenset[str]) -> None:
        self.here.recorder.note(Consented(tuple(sorted(items))), durable=True)


class Attempts:
    """The attempts of one step in one run. `count` goes on when the world makes the step act again later."""

    def __init__(self, step: Step, act: Act, here: Surroundings, deadline: float) -> None:
        self.count = 0
        self._step, self._act, self._here, self._deadline = step, act, here, deadline

    async def until_accepted(self) -> None:
        """Act until an attempt is accepted, or the gate says that no further one is needed.

        Raises Permanent when attempts or time are used up or an error is final, LeaseLost when the run must not act.
        """
        left = self._step.retry.attempts - self.count
        if left <= 0:
            raise Permanent(
                f"{self._step.gate.sentence}: not true after {self.count} accepted attempts",
                "look at what undoes it, then run the same command again",
            )
        tries = retrying(
            self._step.retry,
            attempts_left=left,
            clock=self._here.clock,
            rng=self._here.rng,
            deadline=self._deadline,
            on_delay=self._failed,
        )
        try:
            await tries(self._once)
        except Transient as error:
            self._failed(error, None)
            raise Permanent(
                f"gave up after {self.count} attempts: {error.sentence}",
                "mend the cause, then run the same command again: it goes on here",
            ) from error

    async def _once(self) -> None:
        if self.count > 0 and not _to_do(await look(self._step.gate, self._here, self._deadline)):
            return
        async with self._slot():
            assure(self._here.lease)
            self.count += 1
            self._here.recorder.note(Acting(self._step.id, self.count), durable=True)
            effect = await self._effect()
        self._here.recorder.note(Acted(self._step.id, self.count, effect), durable=True)

    def _left_s(self) -> float:
        return max(0.0, self._deadline - self._here.clock.now())

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._left_s()):
                    await held.enter_async_context(self._here.slots.taken(self._here.tails[self._step.id]))
            except TimeoutError as error:
                raise Permanent(
                    f"{self._step.gate.sentence}: no slot for its act was free before its deadline",
                    "run the same command again: it goes on here",
                ) from error
            yield

    async def _effect(self) -> str:
        attempt = NumberedAttempt(self.count, self._here)
        limit = asyncio.timeout(self._left_s())
        try:
            async with limit:
                return await self._act(attempt)
        except asyncio.CancelledError:
            self._ended("cancelled", "the run was stopped while this call was under way")
            raise
        except LeaseLost:
            raise
        except Exception as error:
            raise self._too_late() if limit.expired() else self._classified(error) from error

    def _too_late(self) -> Permanent:
        sentence = "the call had not ended when the step's deadline passed"
        self._ended("cancelled", sentence)
        return Permanent(sentence, "its effect is in doubt: run the same command again, it looks before it acts")

    def _classified(self, error: Exception) -> Transient | Permanent:
        known = classify(error)
        if isinstance(known, Transient):
            return known
        if isinstance(known, Cancelled):
            self._ended("cancelled", known.sentence)
            return Permanent(known.sentence, "it was ended from outside: run the same command again")
        self._ended("permanent" if known is error else "unknown", known.sentence)
        return known

    def _failed(self, error: Transient, delay_s: float | None) -> None:
        event = AttemptFailed(self._step.id, self.count, "transient", error.sentence, delay_s)
        self._here.recorder.note(event, durable=True)

    def _ended(self, kind: str, sentence: str) -> None:
        self._here.recorder.note(AttemptFailed(self._step.id, self.count, kind, sentence), durable=True)


def _to_do(verdict: Verdict) -> bool:
    return isinstance(verdict, NotYet) and not verdict.underway


async def look(gate: Gate, here: Surroundings, deadline: float) -> Verdict:
    """Ask the gate once. What cannot be seen now is under way: nobody acts blindly. Raises Permanent.

    deadline: on the clock's `now`; a look that was begun at the deadline may still take LAST_LOOK_S.
    """
    limit = asyncio.timeout(max(LAST_LOOK_S, deadline - here.clock.now()))
    try:
        async with limit:
            return await gate.observe(here.recorder.record.memory)
    except Transient as error:
        return NotYet(error.sentence, underway=True)
    except TimeoutError:
        if not limit.expired():
            raise
        return NotYet("there was no answer when it was looked at", underway=True)
