"""One command at a time brings a lab up or down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from lab.place import LabPlace

_SOON_S = 0.5


@contextmanager
def alone(place: LabPlace, tell: Callable[[str], None]) -> Iterator[None]:
    """Whoever must wait is told so. The lock is beside the lab's folder, and ends with whoever has it."""
    place.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(place.folder.with_name(f"{place.folder.name}.lock"))
    try:
        lock.acquire(timeout=_SOON_S)
    except Timeout:
        tell("another command brings this lab up or down: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
