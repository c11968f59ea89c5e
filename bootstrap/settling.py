"""Waiting: until a gate has held for its stability time, somebody must act again, or it cannot become true."""

from __future__ import annotations

from dataclasses import dataclass

from bootstrap.attempting import look
from bootstrap.errors import Permanent, Refused
from bootstrap.events import Holding, Waiting
from bootstrap.step import Step
from bootstrap.surroundings import Surroundings
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from bootstrap.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Stable:
    """The gate held without a break from `first_true` to `stable` (unix times)."""

    found: Holds
    first_true: float
    stable: float


class Settling:
    """One step's wait. started, deadline: on the clock's `now`."""

    def __init__(self, step: Step, here: Surroundings, started: float, deadline: float) -> None:
        self._step, self._here, self._started, self._deadline = step, here, started, deadline
        self._sentence = ""
        self._true_since: tuple[float, float] | None = None

    async def settle(self, verdict: Verdict, believe_from: float) -> Stable | NotYet:
        """Wait from a first verdict on. A NotYet comes back when the gate says at or after `believe_from` (on `now`)
        that nothing is begun. Raises Permanent or Refused when it cannot become true, or not in time."""
        async with Wakeups(self._step.gate.changes) as wakeups:
            while True:
                settled = self._judge(verdict, believe_from)
                if settled is not None:
                    return settled
                await wakeups.wait(self._longest_wait(believe_from))
                verdict = await look(self._step.gate, self._here, self._deadline)

    def _judge(self, verdict: Verdict, believe_from: float) -> Stable | NotYet | None:
        if isinstance(verdict, Holds):
            return self._hold(verdict)
        self._true_since = None
        now = self._here.clock.now()
        if isinstance(verdict, Never):
            self._end_if_final(verdict, now)
        elif not verdict.underway and believe_from <= now < self._deadline:
            return verdict
        self._say(verdict.reason)
        if now >= self._deadline:
            return self._too_late(verdict.reason)
        return None

    def _hold(self, found: Holds) -> Stable | None:
        now, wall = self._here.clock.now(), self._here.clock.wall()
        if self._true_since is None:
            self._true_since = (now, wall)
            if now + self._step.gate.stability_s > self._deadline:
                return self._too_late(f"it holds, but not {self._step.gate.stability_s:g} s before the deadline")
            if self._step.gate.stability_s > 0:
                self._here.recorder.note(Holding(self._step.id, self._step.gate.stability_s))
                self._sentence = ""
        since, first_true = self._true_since
        if now >= since + self._step.gate.stability_s:  # the sum that _longest_wait waits for, or it never ends
            return Stable(found, first_true, wall)
        return None

    def _longest_wait(self, believe_from: float) -> float:
        now = self._here.clock.now()
        moments = [self._deadline]
        if self._true_since is not None:
            moments.append(self._true_since[0] + self._step.gate.stability_s)
        if believe_from > now:
            moments.append(believe_from)
        if self._started + self._step.gate.grace_s > now:
            moments.append(self._started + self._step.gate.grace_s)
        return min(moments) - now

    def _end_if_final(self, verdict: Never, now: float) -> None:
        if verdict.refused:
            raise Refused(verdict.reason, verdict.next_action)
        if now - self._started >= self._step.gate.grace_s:
            raise Permanent(verdict.reason, verdict.next_action)

    def _too_late(self, reason: str) -> Stable:
        if self._step.tolerant:
            wall = self._here.clock.wall()
            return Stable(Holds({"at_deadline": reason}, (f"{self._step.id}: {reason}",)), wall, wall)
        allowed, more = self._allowed()
        raise Permanent(
            f"{self._step.gate.sentence}: {allowed}; last seen: {reason}",
            f"mend what it waits for and run the same command again; {more}",
        )

    def _allowed(self) -> tuple[str, str]:
        """How long it could wait, and what allows more: the step's time ended, or the whole run's before it."""
        waited = max(0.0, self._deadline - self._started)
        if self._deadline == self._here.deadline:
            return (
                f"not before the run's own deadline passed, {waited:.0f} s after this step began",
                "--deadline, or limits.command_s in the inventory, allows the whole run more time",
            )
        return f"not within {waited:.0f} s", f"limits.deadlines.{self._step.name} in the inventory allows more time"

    def _say(self, sentence: str) -> None:
        if sentence != self._sentence:
            self._sentence = sentence
            self._here.recorder.note(Waiting(self._step.id, sentence))
