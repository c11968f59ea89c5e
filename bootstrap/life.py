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
from bootstrap.verdict import Holds, NotYet, Verdict


async def live(step: Step, choice: Choice, here: Surroundings) -> Outcome:
    """Walk one step through its life. Raises only LeaseLost, a failing journal's Permanent, and cancellation."""
    here.recorder.note(Verifying(step.id))
    try:
        if choice.mode is Mode.ACCEPT:
            return await _accept(step, choice.why, here)
        return await _make_true(step, choice.mode, here)
    except LeaseLost:
        raise
    except asyncio.CancelledError:
        here.recorder.note(Stopped(step.id, "the run was stopped"))
        raise
    except Exception as error:
        return _failure(step, error, here)


async def _accept(step: Step, reason: str, here: Surroundings) -> Outcome:
    verdict = await look(step.gate, here)
    found = "it holds" if isinstance(verdict, Holds) else verdict.reason
    here.recorder.note(Accepted(step.id, reason, found), durable=True)
    return Outcome(Ending.ACCEPTED, exceptions=(f"{step.id} accepted ({reason}); found: {found}",))


async def _make_true(step: Step, mode: Mode, here: Surroundings) -> Outcome:
    started = here.clock.now()
    deadline = min(started + step.deadline_s, here.deadline)
    settling = Settling(step, here, started, deadline)
    act = step.act if mode is Mode.RUN else None
    attempts = Attempts(step, act, here, deadline) if act is not None else None
    verdict = await look(step.gate, here)
    if known := _known_to_be_stable(step, verdict, here):
        here.recorder.note(Satisfied(step.id, known.evidence, known.exceptions))
        return Outcome(Ending.SATISFIED, exceptions=known.exceptions)
    while True:
        if isinstance(verdict, NotYet) and not verdict.underway:
            verdict = await _act(step, mode, attempts, verdict, here)
        believe_from = here.clock.now() + step.retry.settle_s if attempts and attempts.count else started
        settled = await settling.settle(verdict, believe_from if step.act else float("inf"))
        if isinstance(settled, Stable):
            return _stable(step, settled, attempts is not None and attempts.count > 0, here)
        verdict = settled


async def _act(step: Step, mode: Mode, attempts: Attempts | None, verdict: NotYet, here: Surroundings) -> Verdict:
    if attempts is not None:
        await attempts.until_accepted()
        return await look(step.gate, here)
    if mode is Mode.VERIFY and step.act is not None:
        raise Permanent(
            f"{step.gate.sentence}: {verdict.reason}",
            f"it is needed, but was not selected: run without the selection, or with --only {step.name}",
        )
    return verdict


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
