"""How a version of the lab stands to one that the tree names. Pure."""

from __future__ import annotations

import re

REAL, OLDER, NEWER, STAND_IN = "real", "older", "newer", "stand-in"
UNKNOWN = "real, of another version perhaps"
"""The same program, and nothing to compare its version with."""

_EXACT = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_AT_LEAST = re.compile(r">= v?(\d+)\.(\d+)(?:\.(\d+))?")


def compared(in_tree: str, in_lab: str) -> str:
    """Of the same program. in_tree: an exact version, `>= 1.2`, or anything else, which is no version that is known."""
    lab, exact, least = _EXACT.fullmatch(in_lab), _EXACT.fullmatch(in_tree), _AT_LEAST.fullmatch(in_tree)
    if lab is None:
        return UNKNOWN
    if least is not None:
        return REAL if _numbers(lab) >= _numbers(least) else OLDER
    if exact is None:
        return UNKNOWN
    if _numbers(lab) == _numbers(exact):
        return REAL
    return OLDER if _numbers(lab) < _numbers(exact) else NEWER


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(number or 0) for number in found.groups())
