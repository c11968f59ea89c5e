"""What the journal's entries add up to: pins, calls in doubt, stability served. Folded event by event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bootstrap.events import (
    Acted,
    Acting,
    AttemptFailed,
    Consented,
    Demoted,
    Done,
    Entry,
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
    accepted_at: step -> unix time at which its last call was accepted, until it is verified.
    """

    def __init__(self) -> None:
        self.served: set[str] = set()
        self.accepted_at: dict[str, float] = {}
        self._doubts: dict[str, int] = {}  # step -> calls without an answer
        self.memory = Memory(in_doubt=self._doubts.keys())

    def take(self, entry: Entry) -> None:  # noqa: C901 - one flat table
        """Fold one entry in."""
        match entry.event:
            case GenerationOpened(number):
                self.served.clear()
                self.accepted_at.clear()
                self._doubts.clear()
                self.memory = replace(self.memory, generation=number, pins={})
            case Pinned(key, value):
                self.memory = replace(self.memory, pins={**self.memory.pins, key: value})
            case Consented(items):
                self.memory = replace(self.memory, consents=self.memory.consents | set(items))
            case RunStarted():
                self.memory = replace(self.memory, consents=frozenset())
            case Acting(step):
                self._doubts[step] = self._doubts.get(step, 0) + 1
            case Acted(step):
                self._doubts.pop(step, None)
                self.accepted_at[step] = entry.at
            case AttemptFailed(step, kind="permanent"):
                self._answered_no(step)  # a transient answer may have come too late: the doubt stays
            case Done(step) | Satisfied(step):
                self.served.add(step)
                self._doubts.pop(step, None)
                self.accepted_at.pop(step, None)
            case Demoted(step) | Failed(step):
                self.served.discard(step)
            case _:
                pass

    def _answered_no(self, step: str) -> None:
        earlier = self._doubts.pop(step, 1) - 1
        if earlier > 0:
            self._doubts[step] = earlier


def fold(entries: Iterable[Entry]) -> Record:
    """The record of a whole journal."""
    record = Record()
    for entry in entries:
        record.take(entry)
    return record
