"""Several verdicts read as one: all must hold."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.sentence import listed


def every(*verdicts: Verdict) -> Verdict:
    """Never if one is; else NotYet with all reasons, worst news first in the given order; else Holds with all evidence.

    It is underway only if every part that is missing is: as long as one thing must be asked for, somebody must act.
    """
    never = [v for v in verdicts if isinstance(v, Never)]
    if never:
        return Never(listed([v.reason for v in never], 3, "; "), never[0].next_action, any(v.refused for v in never))
    missing = [v for v in verdicts if isinstance(v, NotYet)]
    if missing:
        return NotYet(listed([v.reason for v in missing], 3, "; "), all(v.underway for v in missing))
    return _together([v for v in verdicts if isinstance(v, Holds)])


def _together(held: Sequence[Holds]) -> Holds:
    evidence: dict[str, object] = {}
    for verdict in held:
        evidence |= verdict.evidence
    return Holds(evidence, tuple(dict.fromkeys(e for verdict in held for e in verdict.exceptions)))
