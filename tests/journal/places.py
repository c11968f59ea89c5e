"""Journals for tests: one contract, three places, and a holder that owns the fencing number."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.clock import SystemClock
from bootstrap.errors import Permanent
from bootstrap.events import Acting, Entry
from bootstrap.journals.sql_journal import SqlJournal, open_journal
from bootstrap.lease import Lease
from bootstrap.leases.composed import open_lease

CLUSTER, ESTATE = "main", "rehearsal"


@dataclass
class Place:
    """Where one test's journal is. url: path or URL. What is opened here is closed with it."""

    url: str
    folder: Path
    _opened: list[Callable[[], None]] = field(default_factory=list)

    def journal(self, cluster: str = CLUSTER, estate: str = ESTATE) -> SqlJournal:
        journal = open_journal(self.url, cluster=cluster, estate=estate)
        self._opened.append(journal.close)
        return journal

    def lease(self, cluster: str = CLUSTER, estate: str = ESTATE) -> Lease:
        """Not yet taken."""
        lease = open_lease(
            self.url, self.folder / cluster / estate, cluster=cluster, estate=estate, clock=SystemClock()
        )
        self._opened.append(lease.release)
        return lease

    def held(self, cluster: str = CLUSTER, estate: str = ESTATE) -> Lease:
        lease = self.lease(cluster, estate)
        lease.acquire()
        return lease

    def close(self) -> None:
        for close in reversed(self._opened):
            with suppress(Permanent):
                close()


def acting(number: int, run: str = "r1", at: float | None = None) -> Entry:
    """An entry that tells its place in the order."""
    return Entry(run, 1_000.0 + number if at is None else at, Acting("etcd_bootstrapped", number))


def numbers(entries: object) -> list[int]:
    """The order that `acting` gave them."""
    return [entry.event.attempt for entry in entries]  # type: ignore[attr-defined]
