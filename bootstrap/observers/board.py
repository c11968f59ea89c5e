"""Where a run stands now: its head, and each step's state, attempt, times and reason, folded from the events."""

from __future__ import annotations

from dataclasses import dataclass, field

from bootstrap import events
from bootstrap.events import Entry
from bootstrap.observers.telling import RUN, tell

FINISHED = frozenset({"done", "satisfied", "partly", "accepted"})
BROKEN = frozenset({"failed", "refused", "stopped"})
IDLE = frozenset({"blocked", "pending"})
_SAID = frozenset({"acting", "satisfied", "done"})
"""States whose sentence says no more than the other columns."""


@dataclass(slots=True)
class StepNow:
    """One step as of the last event. started, ended: unix times; None: not yet."""

    name: str
    node: str | None
    state: str = "pending"
    attempt: int = 0
    started: float | None = None
    ended: float | None = None
    reason: str = ""


@dataclass(slots=True)
class Board:
    """A run as of the last event. skipped: steps that the plan left out; they have no row."""

    run: str = ""
    cluster: str = ""
    estate: str = ""
    reach: str = ""
    started: float | None = None
    ended: float | None = None
    skipped: int = 0
    absent: tuple[str, ...] = ()
    steps: dict[str, StepNow] = field(default_factory=dict)

    def see(self, entry: Entry) -> None:
        """Take one entry in."""
        self.run = entry.run
        self.started = entry.at if self.started is None else self.started
        told = tell(entry.event)
        if told.subject != RUN:
            self._see_step(entry, told.subject, told.state, told.sentence)
        elif isinstance(entry.event, events.RunStarted):
            self._open(entry.event)
        elif isinstance(entry.event, events.RunEnded):
            self.ended = entry.at

    def _open(self, event: events.RunStarted) -> None:
        self.cluster, self.estate, self.reach, self.absent = event.cluster, event.estate, event.reach, event.absent
        self.skipped = sum(mode == "skip" for mode in event.modes.values())
        self.steps = {step: _new(step) for step, mode in event.modes.items() if mode != "skip"}

    def _see_step(self, entry: Entry, step_id: str, state: str, sentence: str) -> None:
        step = self.steps.setdefault(step_id, _new(step_id))
        step.state, step.reason = state, "" if state in _SAID else sentence
        step.attempt = getattr(entry.event, "attempt", step.attempt)
        if state != "blocked" and step.started is None:
            step.started = entry.at
        if state in FINISHED | BROKEN:
            step.ended = entry.at


def split_id(step_id: str) -> tuple[str, str | None]:
    """`name[node]` as name and node; a bare name has no node."""
    name, bracket, node = step_id.partition("[")
    return name, node.removesuffix("]") if bracket else None


def _new(step_id: str) -> StepNow:
    return StepNow(*split_id(step_id))
