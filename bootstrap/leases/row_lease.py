"""A lease as far as a journal is shared: one row in its database, which every append is checked against."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bootstrap.clock import Clock
from bootstrap.errors import LeaseLost, Permanent, Transient
from bootstrap.journals.schema import leases
from bootstrap.journals.sql_store import Store
from bootstrap.leases.holder import NOBODY, Holder, Tenure, from_json, refusal, surely_gone, this_process, to_json
from bootstrap.leases.term import HEARTBEAT_S, TTL_S, Term

_HERE = (leases.c.cluster == bindparam("of_cluster"), leases.c.estate == bindparam("of_estate"))
_OURS = (*_HERE, leases.c.fencing == bindparam("ours"), leases.c.released.is_(False))
_ROW = select(leases).where(*_HERE).with_for_update()
_TAKE = update(leases).where(*_HERE, leases.c.fencing == bindparam("seen"))
_RENEW = update(leases).where(*_OURS).values(heartbeat=bindparam("now"))
_FIRST = {
    "sqlite": sqlite.insert(leases).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(leases).on_conflict_do_nothing(),
}
_SERVER_TIME = "SELECT extract(epoch FROM clock_timestamp())::float8"
_RELEASE = update(leases).where(*_OURS).values(released=True)


def may_take(tenure: Tenure, here: Holder, now: float, *, lock_held: bool) -> bool:
    """Whether the office is free: given back, run out by the store's clock, or its holder surely gone.

    lock_held: this computer's lock on the journal's own file is ours, so no process of this computer can be the holder.
    Then a clock that jumped cannot keep the office occupied either.
    """
    same_computer = bool(here.machine) and tenure.holder.machine.split("/")[0] == here.machine.split("/")[0]
    unlocked = lock_held and (same_computer or tenure.holder.host == here.host)
    return tenure.released or now >= tenure.ends or unlocked or surely_gone(tenure.holder, here)


class RowLease:
    """One row per cluster and estate; its fencing number only grows. PostgreSQL's own clock says what has run out."""

    def __init__(
        self, store: Store, *, cluster: str, estate: str, clock: Clock,
        holder: Holder | None = None, ttl_s: float = TTL_S, lock_held: bool = False,
    ) -> None:  # fmt: skip
        self._store = store
        self._owner = {"of_cluster": cluster, "of_estate": estate}
        self._subject = f"cluster {cluster} ({estate})"
        self._clock = clock
        self._holder = holder or this_process()
        self._ttl_s = ttl_s
        self._lock_held = lock_held
        self._fencing = 0
        self._term = Term(self._subject, clock, ttl_s)

    @property
    def fencing(self) -> int:
        return self._fencing

    @property
    def reach(self) -> str:
        return "this computer" if self._store.on_file else "all that share this journal"

    @property
    def heartbeat_s(self) -> float:
        return HEARTBEAT_S

    def acquire(self) -> None:
        """See the port. Raises Permanent when the journal's database cannot be written."""
        asked_at = self._clock.now()
        with self._store.writing() as connection:
            self._fencing = self._take(connection)
        self._term.proven(asked_at)

    def renew(self) -> None:
        asked_at = self._clock.now()
        try:
            with self._store.writing() as connection:
                now = self._now(connection)
                ours = connection.execute(_RENEW, {**self._owner, "ours": self._fencing, "now": now}).rowcount
        except LeaseLost:
            raise
        except Permanent as problem:
            raise Transient(f"the lease could not be renewed: {problem.sentence}") from None
        if ours != 1:
            raise self._term.lose(f"another run took over {self._subject}: this one's number {self._fencing} is past")
        self._term.proven(asked_at)

    def check(self) -> None:
        self._term.check()

    def release(self) -> None:
        try:
            if self._fencing:
                with self._store.writing() as connection:
                    connection.execute(_RELEASE, {**self._owner, "ours": self._fencing})
        except Permanent:
            pass  # It runs out by itself, or is taken over at once from this computer.
        self._store.close()
        self._term.end()

    def _take(self, connection: Connection) -> int:
        now = self._now(connection)
        seen = self._tenure(connection)
        if seen is None:
            connection.execute(_FIRST[connection.dialect.name], self._row(0, now) | {"released": True})
            seen = self._tenure(connection)
            assert seen is not None  # inserted above, by us or by one that we waited for
        if not may_take(seen, self._holder, now, lock_held=self._lock_held):
            raise refusal(self._subject, seen, now)
        number = seen.fencing + 1
        row = {k: v for k, v in self._row(number, now).items() if k not in ("cluster", "estate")}
        connection.execute(_TAKE.values(**row), {**self._owner, "seen": seen.fencing})
        return number

    def _tenure(self, connection: Connection) -> Tenure | None:
        row = connection.execute(_ROW, self._owner).one_or_none()
        if row is None:
            return None
        return Tenure(_holder(row.holder), row.fencing, row.since, row.heartbeat, row.ttl_s, row.released)

    def _row(self, fencing: int, now: float) -> dict[str, Any]:
        cluster, estate = self._owner.values()
        who = json.dumps(to_json(self._holder))
        return {
            "cluster": cluster, "estate": estate, "fencing": fencing, "released": False,
            "holder": who, "since": now, "heartbeat": now, "ttl_s": self._ttl_s,
        }  # fmt: skip

    def _now(self, connection: Connection) -> float:
        """Unix seconds by the store's clock: two operators' computers need not agree on the time."""
        if self._store.on_file:
            return self._clock.wall()
        return float(connection.exec_driver_sql(_SERVER_TIME).scalar_one())


def _holder(text: str) -> Holder:
    try:
        return from_json(json.loads(text))
    except ValueError:
        return NOBODY
