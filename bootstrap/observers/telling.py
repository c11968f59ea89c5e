"""One event as a subject, a state and one sentence: what every output for people says about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bootstrap import events
from bootstrap.observers.words import REHEARSAL, REHEARSED, counted, duration, one_line, outcome

RUN = "run"
"""The subject of what concerns the whole run."""


class Told(NamedTuple):
    """subject: a step's id, or "run"; state: one word; sentence: one line, may be empty."""

    subject: str
    state: str
    sentence: str


def tell(event: events.Event) -> Told:
    """The event in words."""
    state, sentence = _WORDS[type(event)](event)
    return Told(getattr(event, "step", RUN), state, one_line(sentence))


def _started(event: events.RunStarted) -> tuple[str, str]:
    modes = counted(dict(sorted(Counter(event.modes.values()).items())))
    touched = f"{REHEARSED}; " if event.estate == REHEARSAL else ""
    absent = f"; without {', '.join(event.absent)}" if event.absent else ""
    return "started", (
        f"{touched}{event.cluster} on the {event.estate} estate, commit {event.commit}, lease reaches {event.reach} "
        f"(fencing number {event.fencing}); steps: {modes}{absent}"
    )


def _attempt_failed(event: events.AttemptFailed) -> tuple[str, str]:
    if event.delay_s is None:
        return "retry", f"attempt {event.attempt} ({event.kind}): {event.sentence}; no further attempt"
    return "retry", f"attempt {event.attempt} ({event.kind}): {event.sentence}; again in {duration(event.delay_s)}"


def _ended(event: events.RunEnded) -> tuple[str, str]:
    named = f", and these are named: {'; '.join(event.exceptions)}" if event.exceptions else ""
    return "ended", f"{outcome(event.exit_code)} (exit code {event.exit_code}){named}"


def _satisfied(event: events.Satisfied) -> tuple[str, str]:
    return _true("satisfied", "true, and nothing was done for it", event.exceptions)


def _true(state: str, sentence: str, exceptions: Sequence[str]) -> tuple[str, str]:
    return ("partly", f"not all of it is true: {'; '.join(exceptions)}") if exceptions else (state, sentence)


_WORDS: dict[type[Any], Callable[[Any], tuple[str, str]]] = {
    events.RunStarted: _started,
    events.RunEnded: _ended,
    events.GenerationOpened: lambda e: ("opened", f"generation {e.number} of the cluster's etcd: {e.why}"),
    events.Pinned: lambda e: ("pinned", f"{e.key} = {e.value}"),
    events.Consented: lambda e: ("agreed", f"the operator agreed to destroy: {', '.join(e.items)}"),
    events.Verifying: lambda e: ("verifying", ""),
    events.Satisfied: _satisfied,
    events.Demoted: lambda e: ("demoted", f"recorded as done earlier, but the world says otherwise: {e.why}"),
    events.Acting: lambda e: ("acting", f"attempt {e.attempt}"),
    events.Acted: lambda e: ("acted", e.effect),
    events.AttemptFailed: _attempt_failed,
    events.Waiting: lambda e: ("waiting", e.reason),
    events.Holding: lambda e: ("holding", f"true; must stay true for {duration(e.stability_s)}"),
    events.Done: lambda e: _true("done", "true and stable", e.exceptions),
    events.Failed: lambda e: ("refused" if e.refused else "failed", e.sentence),
    events.Stopped: lambda e: ("stopped", e.why),
    events.Blocked: lambda e: ("blocked", f"needs {e.by}, which did not become true"),
    events.Accepted: lambda e: ("accepted", f"taken as true on the operator's word: {e.reason}; found: {e.found}"),
}
