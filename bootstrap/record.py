"""What the journal's entries add up to: pins, calls in doubt, stability served. Folded event by event."""

from __future__ import annotations

from collections.abc import Iterable

from bootstrap.events import (
    Acted,
    Acting,
    AttemptFailed,
    Consented,
    Demoted,
    Done,
    Entry,
    Event,
    Failed,
    GenerationOpened,
    Pinned,
    RunStarted,
    Satisfied,
)
from bootstrap.memory import Memory


class Record:
    """The fold. It grows with `take`; `memory` is what steps may see of it.

    served: steps that were verified and held for their stability time in this generation, and not demoted since.
    """

    def __init__(self) -> None:
        self.served: set[str] = set()
        self._in_doubt: set[str] = set()
        self.memory = Memory(in_doubt=self._in_doubt)

    def take(self, event: Event) -> None:  # noqa: C901 - one flat table
        """Fold one event in."""
        match event:
            case GenerationOpened(number):
                self.served.clear()
                self._in_doubt.clear()
                self._remember(number, {})
            case Pinned(key, value):
                self._remember(self.memory.generation, {**self.memory.pins, key: value})
            case Consented(items):
                self._remember(self.memory.generation, dict(self.memory.pins), self.memory.consents | set(items))
            case RunStarted():
                self._remember(self.memory.generation, dict(self.memory.pins))
            case Acting(step):
                self._in_doubt.add(step)
            case Acted(step):
                self._in_doubt.discard(step)
            case AttemptFailed(step, kind="permanent"):
                self._in_doubt.discard(step)  # the other side answered no; a transient answer may have come too late
            case Done(step) | Satisfied(step):
                self.served.add(step)
                self._in_doubt.discard(step)
            case Demoted(step) | Failed(step):
                self.served.discard(step)
            case _:
                pass

    def _remember(self, generation: int, pins: dict[str, str], consents: frozenset[str] = frozenset()) -> None:
        self.memory = Memory(generation, pins, self._in_doubt, consents)


def fold(entries: Iterable[Entry]) -> Record:
    """The record of a whole journal."""
    record = Record()
    for entry in entries:
        record.take(entry.event)
    return record
