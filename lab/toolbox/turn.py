"""One build at a time on a machine: two at once would fight for memory and disk, and build the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_LOOK_EVERY_S = 0.3


@contextmanager
def turn(root: Path, what: str, done: Callable[[], bool], tell: Callable[[str], None]) -> Iterator[bool]:
    """Wait until nobody else builds below `root`, or until another build has made it `done`.

    Gives whether it is ours to build now; False: it was done meanwhile. what: told to whoever waits for us.
    tell: hears what is waited for, each time that this changes.
    """
    lock, sign = FileLock(root / ".lock"), root / ".building"
    told = ""
    while not done():
        try:
            lock.acquire(timeout=_LOOK_EVERY_S if told else 0)
        except Timeout:
            if (now := _read(sign)) != told:
                tell(f"waiting for another build: {now}")
                told = now
            continue
        try:
            if done():  # it was made between our look and our turn
                break
            sign.write_text(f"{what}, process {os.getpid()}")
            yield True
        finally:
            sign.unlink(missing_ok=True)
            lock.release()
        return
    yield False


@contextmanager
def turn_if_free(root: Path) -> Iterator[bool]:
    """Gives whether nobody else builds now, without waiting."""
    lock = FileLock(root / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _read(sign: Path) -> str:
    try:
        return sign.read_text() or "it is about to begin"
    except FileNotFoundError:
        return "it is between two tools"
