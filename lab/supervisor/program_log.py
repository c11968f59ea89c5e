"""The log of one program: appended with a line for each start, and never larger than it may be."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

LARGEST = 16 * 1024 * 1024
"""Bytes of a log before its older part goes."""


def opened(logs: Path, name: str, argv: Sequence[str]) -> BinaryIO:
    """The log of a program that is about to start, to be given to it."""
    file = (logs / f"{name}.log").open("ab", buffering=0)
    file.write(f"--- {_now()} starts: {shlex.join(argv)}\n".encode())
    return file


def note(logs: Path, name: str, sentence: str) -> None:
    """A line of the lab's own in a program's log."""
    with (logs / f"{name}.log").open("ab") as file:
        file.write(f"--- {_now()} {sentence}\n".encode())


def trim(logs: Path, largest: int = LARGEST) -> None:
    """Move the last quarter of every log that is too large to <name>.log.1 and begin it anew.

    In place, for its program has it open; what it writes in that instant is lost.
    """
    for file in logs.glob("*.log"):
        size = file.stat().st_size
        if size > largest:
            with file.open("r+b") as log:
                log.seek(size - largest // 4)
                file.with_suffix(".log.1").write_bytes(log.read())
                log.truncate(0)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
