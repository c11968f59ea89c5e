"""The journal and the lease of a run, opened together and closed together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bootstrap.clock import SystemClock
from bootstrap.errors import Permanent
from bootstrap.journal import Journal
from bootstrap.journals.database import parse
from bootstrap.journals.quarantine import quarantine
from bootstrap.journals.sql_errors import QUARANTINE
from bootstrap.journals.sql_journal import open_journal
from bootstrap.journals.wall_time import clock_problem
from bootstrap.lease import Lease
from bootstrap.leases.composed import open_lease
from bootstrap.leases.file_lease import FileLease
from bootstrap.record import Record, fold
from operations.places import Places
from operations.reading import entries_of


@dataclass(frozen=True, slots=True)
class Keeping:
    """record: what the journal says so far. last_at: unix time of its last entry, by the estate's clock."""

    journal: Journal
    lease: Lease
    record: Record
    last_at: float | None


@contextmanager
def kept(places: Places, cluster: str, estate: str) -> Iterator[Keeping]:
    """Hold the lease of a cluster, with its journal open.

    The lease is between processes of real computers, so it counts real time also where the estate's is simulated.
    Raises Refused when another holds the lease, Permanent when the journal cannot be used.
    """
    open_journal(places.journal, cluster=cluster, estate=estate).close()  # a damaged one is named before it is written
    with suppress(OSError):  # who cannot make it is told by the lease
        places.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lease = open_lease(places.journal, places.folder, cluster=cluster, estate=estate, clock=SystemClock())
    lease.acquire()
    try:
        journal = open_journal(places.journal, cluster=cluster, estate=estate)
        try:
            entries = tuple(journal.entries())
            yield Keeping(journal, lease, fold(entries), entries[-1].at if entries else None)
        finally:
            journal.close()
    finally:
        lease.release()


def refuse_wrong_clock(last_at: float | None, now: float) -> None:
    """Raises Permanent when the clock stands long before the journal's last entry."""
    if problem := clock_problem(last_at, now):
        raise Permanent(problem, "set this computer's clock, then run the same command again")


def set_aside(places: Places, cluster: str, estate: str) -> Path:
    """Quarantine a damaged journal file, with this computer's lease held.

    Raises Refused when another holds the lease, Permanent when there is no such file, or it is not damaged.
    """
    path = parse(places.journal).path
    if path is None:
        raise Permanent("--quarantine-journal is for a journal file", "mend the database with its own tools")
    if not path.is_file():  # said before the lease makes a folder for itself
        raise Permanent(f"there is no journal at {path} to set aside", "leave --quarantine-journal out")
    _refuse_readable(path, cluster, estate)
    clock = SystemClock()
    lease = FileLease(places.folder, subject=f"cluster {cluster} ({estate})", clock=clock)
    lease.acquire()
    try:
        return quarantine(path, clock.wall())
    finally:
        lease.release()


def _refuse_readable(path: Path, cluster: str, estate: str) -> None:
    try:
        entries_of(Places(path.parent, path), cluster, estate)
    except Permanent as error:
        if error.next_action == QUARANTINE:
            return
        raise
    raise Permanent(f"the journal {path} can be read: nothing is damaged", "leave --quarantine-journal out")


def new_run_id(now: float) -> str:
    """Sorts by time, and two runs of one second differ. now: real unix time."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
