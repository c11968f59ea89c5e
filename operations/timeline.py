"""What happened in one run, step by step, folded from its entries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bootstrap import events
from bootstrap.events import Entry


@dataclass(frozen=True, slots=True)
class StepTime:
    """One step of a run. Times are unix seconds by the estate's clock.

    outcome: done | satisfied | accepted | failed | refused | stopped | blocked, or "in flight" when it has no end.
    acted: attempts. effects, waits: what its acts said, and what it waited for, each once, in order. failures: of
    attempts. sentence, next_action: why it did not become true. in_doubt: its last call has no known outcome.
    order: (place of its first, of its last entry in the run), for equal times.
    """

    step: str
    started: float
    order: tuple[int, int]
    ended: float | None = None
    first_true: float | None = None
    outcome: str = "in flight"
    acted: int = 0
    effects: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    sentence: str = ""
    next_action: str = ""
    demoted: str = ""
    in_doubt: bool = False

    @property
    def seconds(self) -> float | None:
        """From its first look to its end; None while it has none, or when it was never begun."""
        return None if self.ended is None or self.outcome == "blocked" else self.ended - self.started


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the critical path. seconds: its own; queued_s: between the end of the link before and its start."""

    step: str
    seconds: float
    queued_s: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """One run. ended, exit_code: None while it has no end (it was killed, or still runs). last: time of its last entry.
    steps: in the order of their starts. needs: as given, for the critical path; None: inferred from the order."""

    run: str
    started: float
    last: float
    head: events.RunStarted | None
    ended: float | None = None
    exit_code: int | None = None
    exceptions: tuple[str, ...] = ()
    generations: tuple[str, ...] = ()
    steps: tuple[StepTime, ...] = ()
    needs: Mapping[str, tuple[str, ...]] | None = None

    @property
    def seconds(self) -> float:
        """From the first entry to the last."""
        return self.last - self.started

    @property
    def critical_path(self) -> tuple[Link, ...]:
        """The chain that the run's length is made of: from the last finished step back, each time to the need that
        ended last. Without needs: to the step that ended last before this one began."""
        ended = [step for step in self.steps if step.seconds is not None]
        chain: list[StepTime] = []
        step = max(ended, key=_end, default=None)
        while step is not None:
            chain.append(step)
            step = max(self._before(step, ended), key=_end, default=None)
        befores = [self.started, *(step.ended or 0.0 for step in reversed(chain))]
        return tuple(_link(step, before) for step, before in zip(reversed(chain), befores, strict=False))

    def _before(self, step: StepTime, ended: Iterable[StepTime]) -> list[StepTime]:
        earlier = [other for other in ended if other.order[1] < step.order[0]]
        if self.needs is None:
            return earlier
        needs = self.needs.get(step.step, ())
        return [other for other in earlier if other.step in needs or other.step.partition("[")[0] in needs]


def timeline(entries: Sequence[Entry], needs: Mapping[str, tuple[str, ...]] | None = None) -> Timeline:
    """Fold the entries of one run. needs: step id -> ids (or names) of what it needs, as the graph has it.

    Raises ValueError when there is no entry, or when they are of more than one run.
    """
    runs = {entry.run for entry in entries}
    if len(runs) != 1:
        raise ValueError(f"a timeline is of one run; these entries are of {len(runs)}")
    line = Timeline(runs.pop(), entries[0].at, entries[-1].at, None, needs=needs)
    steps: dict[str, StepTime] = {}
    for place, entry in enumerate(entries):
        step_id = getattr(entry.event, "step", None)
        if step_id is None:
            line = _run_after(line, entry)
        else:
            step = steps.get(step_id) or StepTime(step_id, entry.at, (place, place))
            steps[step_id] = _step_after(replace(step, order=(step.order[0], place)), entry)
    return replace(line, steps=tuple(steps.values()))


def _run_after(line: Timeline, entry: Entry) -> Timeline:
    match entry.event:
        case events.RunStarted() as head:
            return replace(line, head=head)
        case events.RunEnded(exit_code=code, exceptions=exceptions):
            return replace(line, ended=entry.at, exit_code=code, exceptions=exceptions)
        case events.GenerationOpened(number=number, why=why):
            return replace(line, generations=(*line.generations, f"generation {number}: {why}"))
    return line


def _step_after(step: StepTime, entry: Entry) -> StepTime:
    match entry.event:
        case events.Acting() | events.Acted() | events.AttemptFailed():
            return _attempted(step, entry.event)
        case events.Waiting(reason=reason):
            return replace(step, waits=_with(step.waits, reason))
        case events.Demoted(why=why):
            return replace(step, demoted=why)
        case events.Verifying() | events.Holding():
            return step
    return _ended(replace(step, ended=entry.at), entry)


def _attempted(step: StepTime, event: events.Acting | events.Acted | events.AttemptFailed) -> StepTime:
    match event:
        case events.Acted(effect=effect):
            return replace(step, effects=_with(step.effects, effect), in_doubt=False)
        case events.AttemptFailed(sentence=sentence, kind=kind):
            return replace(step, failures=_with(step.failures, sentence), in_doubt=kind != "permanent")
    return replace(step, acted=event.attempt, in_doubt=True)


def _ended(step: StepTime, entry: Entry) -> StepTime:
    match entry.event:
        case events.Done(first_true=first_true, exceptions=exceptions):
            return replace(step, outcome="done", first_true=first_true, exceptions=exceptions, in_doubt=False)
        case events.Satisfied(exceptions=exceptions):
            return replace(step, outcome="satisfied", first_true=entry.at, exceptions=exceptions, in_doubt=False)
        case events.Accepted(reason=reason, found=found):
            named = f"{step.step} accepted ({reason}); found: {found}"
            return replace(step, outcome="accepted", exceptions=(named,))
        case events.Failed(sentence=sentence, next_action=todo, refused=refused):
            return replace(step, outcome="refused" if refused else "failed", sentence=sentence, next_action=todo)
        case events.Stopped(why=why):
            return replace(step, outcome="stopped", sentence=why)
        case events.Blocked(by=by):
            return replace(step, outcome="blocked", sentence=by)
    return step


def _with(said: tuple[str, ...], sentence: str) -> tuple[str, ...]:
    return said if sentence in said else (*said, sentence)


def _end(step: StepTime) -> tuple[float, int]:
    return step.ended or 0.0, step.order[1]


def _link(step: StepTime, before: float) -> Link:
    return Link(step.step, step.seconds or 0.0, max(step.started - before, 0.0))
