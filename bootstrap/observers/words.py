"""How times, outcomes and foreign text are written for the operator, the same in every output."""

from __future__ import annotations

import re

REHEARSAL = "rehearsal"
REHEARSED = "rehearsal: no machine was touched"
"""Stands in every frame and summary of a rehearsal."""

OUTCOMES = {
    0: "done",
    1: "failed",
    2: "changes pending",
    3: "refused by a guard",
    4: "done with named exceptions",
    130: "cancelled",
}
"""What a run's exit code means."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def outcome(exit_code: int) -> str:
    """An exit code in words; one that nobody defined is said to be unknown."""
    return OUTCOMES.get(exit_code, f"ended with the unknown exit code {exit_code}")


def duration(seconds: float) -> str:
    """Seconds as a person writes them: 12.3s, 6m 03s, 1h 02m 03s."""
    if seconds < 59.95:
        return f"{max(seconds, 0.0):.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m {rest:02d}s" if hours else f"{minutes}m {rest:02d}s"


def one_line(text: object) -> str:
    """Text from outside as one line, without escape sequences: it can neither break a table nor steer a terminal."""
    return _BLANKS.sub(" ", _ESCAPES.sub("", str(text))).strip()


def encodable(text: str, encoding: str | None) -> str:
    """The text with what `encoding` cannot say spelled out: a run must not die of a terminal that knows ASCII only."""
    name = encoding or "utf-8"
    return text.encode(name, "backslashreplace").decode(name)


def counted(counts: dict[str, int]) -> str:
    """{"done": 3, "failed": 0} as "3 done"; what is zero is left out."""
    return ", ".join(f"{number} {what}" for what, number in counts.items() if number) or "none"
