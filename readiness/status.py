"""The words of kstatus for the state of one object."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The closed set of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status/status.go)."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Status:
    """message: why, in a few words, e.g. "ready 1/2"."""

    kind: Kind
    message: str = ""


def current(message: str = "") -> Status:
    return Status(Kind.CURRENT, message)


def in_progress(message: str) -> Status:
    return Status(Kind.IN_PROGRESS, message)


def failed(message: str) -> Status:
    return Status(Kind.FAILED, message)


def first_short(*counts: tuple[str, int, int]) -> Status | None:
    """In progress with the first count that falls short of what is wanted; None when none does.

    counts: (word, how many there are, how many are wanted), in the order in which they are judged.
    """
    for word, there, wanted in counts:
        if wanted > there:
            return in_progress(f"{word} {there}/{wanted}")
    return None
