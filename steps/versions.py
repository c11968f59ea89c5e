"""Versions of charts and images, compared by semver's precedence: none is ever lowered (rule 13). Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_VERSION = re.compile(
    r"v?(?P<core>[0-9]+(?:\.[0-9]+){0,2})(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_IMAGE = re.compile(r"(?P<sign>[-+])\s*(?:-\s+)?[\w.]*image:\s*[\"']?(?P<name>[^\s\"']+):(?P<tag>[\w][\w.-]*)")

Precedence = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]
"""Numbers; whether it is a release; identifiers of the pre-release, numbers before words (semver.org, section 11)."""


def older(version: str, than: str) -> bool:
    """Whether a version is older than another; what cannot be read as one is not."""
    mine, other = _precedence(version), _precedence(than)
    return mine is not None and other is not None and mine < other


def same(version: str, other: str) -> bool:
    """Whether both say the same version. Build metadata does not count: Flux writes the chart's digest there."""
    mine = _precedence(version)
    return version == other or (mine is not None and mine == _precedence(other))


def lowered(diff: str) -> tuple[str, ...]:
    """Images whose tag a diff lowers, as "name v2 -> v1"."""
    found = [match for line in diff.splitlines() if (match := _IMAGE.match(line))]
    wanted = {match["name"]: match["tag"] for match in found if match["sign"] == "+"}
    gone = ((match["name"], match["tag"]) for match in found if match["sign"] == "-")
    return tuple(f"{name} {tag} -> {wanted[name]}" for name, tag in gone if older(wanted.get(name, ""), tag))


@lru_cache(maxsize=1024)
def _precedence(version: str) -> Precedence | None:
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    numbers = [int(part) for part in match["core"].split(".")]
    pre = match["pre"].split(".") if match["pre"] else []
    return (*numbers, 0, 0)[:3], not pre, tuple(_identifier(part) for part in pre)


def _identifier(part: str) -> tuple[bool, int, str]:
    number = part.isdecimal()
    return not number, int(part) if number else 0, "" if number else part
