"""How one step ended in one run, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    DONE = "done"
    SATISFIED = "satisfied"
    ACCEPTED = "accepted"
    FAILED = "failed"
    REFUSED = "refused"
    STOPPED = "stopped"
    BLOCKED = "blocked"


HELD = frozenset({Ending.DONE, Ending.SATISFIED, Ending.ACCEPTED})
"""Endings after which steps that need this one may begin."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """sentence and next_action: of a failure. exceptions: what the summary must name (rule 14)."""

    ending: Ending
    sentence: str = ""
    next_action: str = ""
    exceptions: tuple[str, ...] = ()
