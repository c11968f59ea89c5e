"""Setting a damaged journal aside, so that the world alone decides."""

from __future__ import annotations

import time
from pathlib import Path

from bootstrap.errors import Permanent

_BESIDE = ("", "-wal", "-shm")
"""A SQLite journal's files. The file itself goes first: SQLite drops a -wal that stands beside an empty database."""


def quarantine(path: Path, at: float) -> Path:
    """Move the journal at `path` and what belongs to it to a name with the time `at` (unix seconds); returns it.

    Nothing is overwritten or deleted. The caller holds this computer's lease. Raises Permanent when there is no such
    file, or it cannot be moved.
    """
    if not path.is_file():
        raise Permanent(f"there is no journal at {path} to set aside", "leave --quarantine-journal out")
    aside = _free_name(path, at)
    try:
        for suffix in _BESIDE:
            if _with(path, suffix).exists():
                _with(path, suffix).rename(_with(aside, suffix))
    except OSError as error:
        raise Permanent(
            f"the journal {path} cannot be set aside as {aside}: {error.strerror}",
            "make its folder writable for this user, or move the journal by hand",
        ) from None
    return aside


def _free_name(path: Path, at: float) -> Path:
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    number = 1
    while True:
        name = f"{path.name}.damaged-{stamp}" + ("" if number == 1 else f"-{number}")
        aside = path.with_name(name)
        if not any(_with(aside, suffix).exists() for suffix in _BESIDE):
            return aside
        number += 1


def _with(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
