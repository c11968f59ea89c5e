"""A journal that kills its process at a chosen write, before or after the entry is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bootstrap.events import Entry
from bootstrap.journal import Journal


class Killed(BaseException):
    """The process is gone. No step may catch it, and nothing is written after it."""


class KillingJournal:
    """Around another journal. at: number of the write (from 1) that is the last. stored: whether it still arrives."""

    def __init__(self, journal: Journal, at: int, *, stored: bool) -> None:
        self._journal, self._at, self._stored = journal, at, stored
        self.writes = 0

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        self.writes += 1
        if self.writes > self._at:
            raise Killed
        if self.writes < self._at or self._stored:
            self._journal.append(entries, fencing=fencing, durable=durable)
        if self.writes == self._at:
            raise Killed

    def entries(self) -> Iterable[Entry]:
        return self._journal.entries()

    def close(self) -> None:
        """A killed process closes nothing: what was grouped is lost."""
        if self.writes < self._at:
            self._journal.close()
