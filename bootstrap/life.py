"""A step's life in one run: verify, act where it is not true, wait until it holds. Its end is a value."""

from __future__ import annotations

import asyncio

from bootstrap.attempting import Attempts, look
from bootstrap.errors import LeaseLost, Permanent, Refused, classify
from bootstrap.events import Accepted, Demoted, Done, Failed, Satisfied, Stopped, Verifying
from bootstrap.outcome import Ending, Outcome
from bootstrap.selection import Choice, Mode
from bootstrap.settling import Settling, Stable
from bootstrap.step import Step
from bootstrap.surroundings import Surroundings
from bootstrap.verdict import Holds, Verdict


async def live(step: Step, choice: Choice, here: Surroundings) -> Outcome:
    """Walk one step through its life. Raises only LeaseLost, a failing journal's Permanent, and cancellation."""
    here.recorder.note(Verifying(step.id))
    try:
        if choice.mode is Mode.ACCEPT:
            return await _accept(step, choice.why, here)
        return await _make_true(step, choice, here)
    except LeaseLost:
        raise
    except asyncio.CancelledError:
        here.recorder.note(Stopped(step.id, "the run was stopped"))
        raise
    except Exception as error:
        return _failure(step, error, here)


async def _accept(step: Step, reason: str, here: Surroundings) -> Outcome:
    try:
        verdict = await look(step.gate, here, _deadline(step, here))
        found = "it holds" if isinstance(verdict, Holds) else verdict.reason
    except Exception as error:
        found = classify(error).sentence
    here.recorder.note(Accepted(step.id, reason, found), durable=True)
    return Outcome(Ending.ACCEPTED, exceptions=(f"{step.id} accepted ({reason}); found: {found}",))


async def _make_true(step: Step, choice: Choice, here: Surroundings) -> Outcome:
    started = here.clock.now()
    deadline = _deadline(step, here)
    settling = Settling(step, here, started, deadline)
    act = step.act if choice.mode is Mode.RUN else None
    attempts = Attempts(step, act, here, deadline) if act is not None else None
    verdict = await look(step.gate, here, deadline)
    if known := _known_to_be_stable(step, verdict, here):
        here.recorder.note(Satisfied(step.id, known.evidence, known.exceptions))
        return Outcome(Ending.SATISFIED, exceptions=known.exceptions)
    while True:
        settled = await settling.settle(verdict, _believe_from(step, here))
        if isinstance(settled, Stable):
            return _stable(step, settled, attempts is not None and attempts.count > 0, here)
        if attempts is None:
            raise Permanent(
                f"{step.gate.sentence}: {settled.reason}",
                f"it is needed, but was not selected: {choice.remedy}; what is true is not done again",
            )
        await attempts.until_accepted()
        verdict = await look(step.gate, here, deadline)


def _deadline(step: Step, here: Surroundings) -> float:
    return min(here.clock.now() + step.deadline_s, here.deadline)


def _believe_from(step: Step, here: Surroundings) -> float:
    """When a gate that sees nothing begun is believed: the world lags behind an accepted call, an earlier run's too."""
    if step.act is None:
        return float("inf")
    now, accepted_at = here.clock.now(), here.recorder.record.accepted_at.get(step.id)
    if accepted_at is None:
        return now
    settle_s = step.retry.settle_s
    return now + min(settle_s, max(0.0, accepted_at + settle_s - here.clock.wall()))


def _known_to_be_stable(step: Step, verdict: Verdict, here: Surroundings) -> Holds | None:
    served = step.id in here.recorder.record.served
    if isinstance(verdict, Holds):
        return verdict if served or step.gate.stability_s == 0 else None
    if served:
        here.recorder.note(Demoted(step.id, verdict.reason))
    return None


def _stable(step: Step, settled: Stable, acted: bool, here: Surroundings) -> Outcome:
    found = settled.found
    if acted:
        here.recorder.note(Done(step.id, found.evidence, settled.first_true, settled.stable, found.exceptions))
        return Outcome(Ending.DONE, exceptions=found.exceptions)
    here.recorder.note(Satisfied(step.id, found.evidence, found.exceptions))
    return Outcome(Ending.SATISFIED, exceptions=found.exceptions)


def _failure(step: Step, error: Exception, here: Surroundings) -> Outcome:
    known = classify(error)
    sentence = known.sentence
    next_action = known.next_action if isinstance(known, Permanent) else "run the same command again"
    refused = isinstance(known, Refused)
    here.recorder.note(Failed(step.id, sentence, next_action, refused))
    return Outcome(Ending.REFUSED if refused else Ending.FAILED, sentence, next_action)
