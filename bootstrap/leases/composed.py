"""The lease of a run: several leases held as one, from the nearest to the widest."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bootstrap.clock import Clock
from bootstrap.errors import Transient
from bootstrap.journals.database import parse
from bootstrap.journals.sql_store import Store
from bootstrap.lease import Lease
from bootstrap.leases.file_lease import FileLease
from bootstrap.leases.holder import Holder
from bootstrap.leases.row_lease import RowLease
from bootstrap.leases.term import TTL_S


class Leases:
    """Taken in the given order, given back in reverse; the last one reaches widest.

    fenced: the one whose number the journal checks.
    """

    def __init__(self, leases: Sequence[Lease], *, fenced: Lease) -> None:
        self._leases = tuple(leases)
        self._fenced = fenced

    @property
    def fencing(self) -> int:
        return self._fenced.fencing

    @property
    def reach(self) -> str:
        return self._leases[-1].reach

    @property
    def heartbeat_s(self) -> float:
        return min(lease.heartbeat_s for lease in self._leases)

    def acquire(self) -> None:
        """See the port. All or none: what was taken before one refused is given back."""
        with ExitStack() as taken:
            for lease in self._leases:
                lease.acquire()
                taken.callback(lease.release)
            taken.pop_all()

    def renew(self) -> None:
        """See the port. A store that does not answer keeps none of the others from being renewed."""
        silent: Transient | None = None
        for lease in self._leases:
            try:
                lease.renew()
            except Transient as error:
                silent = error
        if silent is not None:
            raise silent

    def check(self) -> None:
        for lease in self._leases:
            lease.check()

    def release(self) -> None:
        for lease in reversed(self._leases):
            lease.release()


def open_lease(
    url_or_path: str | Path, folder: Path, *, cluster: str, estate: str, clock: Clock,
    holder: Holder | None = None, ttl_s: float = TTL_S,
) -> Leases:  # fmt: skip
    """The lease that belongs to the journal at `url_or_path`, not yet taken. `folder`: the cluster's state folder.

    A SQLite file: this computer's lock, then the row that the journal checks. PostgreSQL: the row alone decides.
    """
    store = Store(parse(url_or_path), cluster, estate)
    row = RowLease(
        store, cluster=cluster, estate=estate, clock=clock, holder=holder, ttl_s=ttl_s, lock_held=store.on_file
    )
    if not store.on_file:
        return Leases((row,), fenced=row)
    file = FileLease(folder, subject=f"cluster {cluster} ({estate})", clock=clock, holder=holder, ttl_s=ttl_s)
    return Leases((file, row), fenced=row)
