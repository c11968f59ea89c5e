"""The journal: the append-only record of all runs of one cluster on one estate. A port; SQL stands behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from bootstrap.events import Entry


class Journal(Protocol):
    """Append and read. Calls are synchronous and short: a durable append is one commit."""

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        """Store entries in their order. durable: they (and all before them) survive a power cut once this returns;
        otherwise they may be grouped with the next durable append.

        Raises LeaseLost when `fencing` is not the present fencing number of the cluster: nothing is stored then.
        Raises Permanent when it cannot be written (disk full, no connection).
        """

    def entries(self) -> Iterable[Entry]:
        """All entries, oldest first."""

    def close(self) -> None:
        """Write what is grouped, and let go of the file or connection."""


class MemoryJournal:
    """A journal that ends with the process: for tests, campaigns and benchmarks."""

    def __init__(self) -> None:
        self.stored: list[Entry] = []

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        self.stored.extend(entries)

    def entries(self) -> Iterable[Entry]:
        return tuple(self.stored)

    def close(self) -> None:
        pass
