"""What lease tests share: a clock that they move, and leases on each kind of store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine

from bootstrap.errors import Permanent
from bootstrap.journals.database import parse
from bootstrap.journals.sql_store import Store
from bootstrap.lease import Lease
from bootstrap.leases.composed import open_lease
from bootstrap.leases.file_lease import FileLease
from bootstrap.leases.holder import Holder
from bootstrap.leases.row_lease import RowLease

CLUSTER, ESTATE = "main", "rehearsal"
SUBJECT = f"cluster {CLUSTER} ({ESTATE})"
ANNA = Holder("anna", "desk", "", 4711, "100")
BERT = Holder("bert", "laptop", "", 815, "200")


@dataclass
class MovedClock:
    """boot: seconds that count suspension; unix: wall time. Both stand still unless a test moves them."""

    boot: float = 1_000.0
    unix: float = 1_763_863_200.0

    def now(self) -> float:
        return self.boot

    def wall(self) -> float:
        return self.unix

    async def sleep(self, seconds: float) -> None:
        self.pass_(seconds)

    def pass_(self, seconds: float) -> None:
        """Time goes on, suspended or not."""
        self.boot += seconds
        self.unix += seconds


@dataclass
class Stage:
    """kind: file | row on sqlite | row on postgresql | both. Each `lease()` is another run's."""

    kind: str
    url: str
    folder: Path
    clock: MovedClock = field(default_factory=MovedClock)
    _opened: list[Callable[[], None]] = field(default_factory=list)

    def lease(self, holder: Holder = ANNA) -> Lease:
        """Not yet taken."""
        lease = self._make(holder)
        self._opened.append(lease.release)
        return lease

    def held(self, holder: Holder = ANNA) -> Lease:
        lease = self.lease(holder)
        lease.acquire()
        return lease

    def let_time_pass(self, seconds: float) -> None:
        """For the run's computer and for the store: a PostgreSQL server has its own clock."""
        self.clock.pass_(seconds)
        if "://" in self.url:
            self.statement(f"UPDATE journal_leases SET heartbeat = heartbeat - {seconds}, since = since - {seconds}")

    def statement(self, statement: str) -> None:
        """One statement on the store's database, as somebody else."""
        engine = create_engine(parse(self.url).url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def close(self) -> None:
        for close in reversed(self._opened):
            with suppress(Permanent):
                close()

    def _make(self, holder: Holder) -> Lease:
        if self.kind == "file":
            return FileLease(self.folder, subject=SUBJECT, clock=self.clock, holder=holder)
        if self.kind == "both":
            return open_lease(self.url, self.folder, cluster=CLUSTER, estate=ESTATE, clock=self.clock, holder=holder)
        store = Store(parse(self.url), CLUSTER, ESTATE)
        return RowLease(store, cluster=CLUSTER, estate=ESTATE, clock=self.clock, holder=holder)
