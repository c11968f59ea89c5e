"""What `git status --porcelain=v2 --branch -z` says, as a value (git-status(1), "Porcelain Format Version 2")."""

from __future__ import annotations

from dataclasses import dataclass

_INITIAL, _DETACHED = "(initial)", "(detached)"
_FIELDS_BEFORE_PATH = {"1": 8, "u": 10, "?": 1}


@dataclass(frozen=True, slots=True)
class Status:
    """commit: "" before the first one. branch: "" when detached. dirty: paths from the repository's root."""

    commit: str
    branch: str
    dirty: tuple[str, ...]


def parsed(text: str) -> Status:
    """The status in entries that end with NUL; renames must have been switched off."""
    headers: dict[str, str] = {}
    dirty = []
    for entry in text.split("\0"):
        if entry.startswith("# "):
            key, _, value = entry[2:].partition(" ")
            headers[key] = value
        elif entry[:1] in _FIELDS_BEFORE_PATH:
            dirty.append(entry.split(" ", _FIELDS_BEFORE_PATH[entry[0]])[-1])
    commit, branch = headers.get("branch.oid", ""), headers.get("branch.head", "")
    return Status("" if commit == _INITIAL else commit, "" if branch == _DETACHED else branch, tuple(dirty))
