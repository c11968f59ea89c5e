"""Acting: attempts of a step's effect, recorded durably before and after each, until one is accepted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bootstrap.errors import Cancelled, LeaseLost, Permanent, Refused, Transient, classify
from bootstrap.events import Acted, Acting, AttemptFailed, Consented, GenerationOpened, Pinned
from bootstrap.gate import Gate
from bootstrap.leases import assure
from bootstrap.memory import Memory
from bootstrap.retry import retrying
from bootstrap.step import Act, Step
from bootstrap.surroundings import Surroundings
from bootstrap.verdict import Never, NotYet, Verdict


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
        if self.count > 0 and not self._still_to_do(await look(self._step.gate, self._here)):
            return
        async with self._here.slots.taken(self._here.tails[self._step.id]):
            assure(self._here.lease)
            self.count += 1
            self._here.recorder.note(Acting(self._step.id, self.count), durable=True)
            effect = await self._effect()
        self._here.recorder.note(Acted(self._step.id, self.count, effect), durable=True)

    async def _effect(self) -> str:
        attempt = NumberedAttempt(self.count, self._here)
        try:
            async with asyncio.timeout(max(0.0, self._deadline - self._here.clock.now())):
                return await self._act(attempt)
        except asyncio.CancelledError:
            self._ended("cancelled", "the run was stopped while this call was under way")
            raise
        except TimeoutError as error:
            self._ended("transient", "the call had not ended when the step's deadline passed")
            raise Permanent(
                "the call had not ended when the step's deadline passed",
                "its effect is in doubt: run the same command again, it looks before it acts",
            ) from error
        except LeaseLost:
            raise
        except Exception as error:
            raise self._classified(error) from error

    def _classified(self, error: Exception) -> Transient | Permanent:
        known = classify(error)
        if isinstance(known, Transient):
            return known
        if isinstance(known, Cancelled):
            self._ended("cancelled", known.sentence)
            return Permanent(known.sentence, "it was ended from outside: run the same command again")
        self._ended("permanent", known.sentence)
        return known

    def _still_to_do(self, verdict: Verdict) -> bool:
        if isinstance(verdict, Never):
            error = Refused if verdict.refused else Permanent
            raise error(verdict.reason, verdict.next_action)
        return isinstance(verdict, NotYet) and not verdict.underway

    def _failed(self, error: Transient, delay_s: float | None) -> None:
        event = AttemptFailed(self._step.id, self.count, "transient", error.sentence, delay_s)
        self._here.recorder.note(event, durable=True)

    def _ended(self, kind: str, sentence: str) -> None:
        self._here.recorder.note(AttemptFailed(self._step.id, self.count, kind, sentence), durable=True)


async def look(gate: Gate, here: Surroundings) -> Verdict:
    """Ask the gate once. What cannot be seen now is under way: nobody acts blindly. Raises Permanent."""
    try:
        return await gate.observe(here.recorder.record.memory)
    except Transient as error:
        return NotYet(error.sentence, underway=True)
