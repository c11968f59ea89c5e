"""The durable journal: entries in SQLite or PostgreSQL, written only while the writer's lease is the present one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from bootstrap.errors import LeaseLost
from bootstrap.events import Entry, from_fields, to_fields
from bootstrap.journals import schema
from bootstrap.journals.database import parse
from bootstrap.journals.sql_errors import Unreachable
from bootstrap.journals.sql_store import Store, damaged, newer

GROUP = 256
"""So many entries that need not be durable are held back; then they are written all the same."""

_ALL = schema.entries.c
_OURS = (_ALL.cluster == bindparam("cluster"), _ALL.estate == bindparam("estate"))
_READ = select(_ALL.run, _ALL.at, _ALL.kind, _ALL.body).where(*_OURS).order_by(_ALL.id)
_TAIL = select(_ALL.run, _ALL.at, _ALL.kind, _ALL.body).where(*_OURS).order_by(_ALL.id.desc()).limit(bindparam("most"))
_ADD = insert(schema.entries)
# FOR UPDATE: a takeover waits for this transaction, or this transaction sees the takeover. SQLite writes one at a time.
_PRESENT = (
    select(schema.leases.c.fencing)
    .where(schema.leases.c.cluster == bindparam("cluster"), schema.leases.c.estate == bindparam("estate"))
    .with_for_update()
)

_Row = dict[str, Any]


class SqlJournal:
    """One writer's view of the journal of one cluster on one estate; see the port for what it promises."""

    def __init__(self, store: Store, cluster: str, estate: str) -> None:
        self._store = store
        self._owner = {"cluster": cluster, "estate": estate}
        self._grouped: list[_Row] = []
        self._fencing = 0

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        """See the port. Raises TypeError when an event carries what is not JSON: a Secret above all."""
        rows = [self._row(entry) for entry in entries]
        if fencing != self._fencing:
            self._write([])
            self._fencing = fencing
        if durable or len(self._grouped) + len(rows) > GROUP:
            self._write(rows, always=durable)
        else:
            self._grouped += rows

    def entries(self) -> Iterable[Entry]:
        """All entries, oldest first; those that this writer still holds back are the last."""
        return tuple(self._entry(row) for row in (*self._stored(), *self._grouped))

    def close(self) -> None:
        """Write what is held back, and let go. A lost lease is no error here: those entries were never promised."""
        try:
            self._write([])
        except LeaseLost:
            pass
        finally:
            self._store.close()

    def _stored(self) -> Sequence[Mapping[str, Any] | RowMapping]:
        if not self._store.exists():
            return ()
        with self._store.reading() as connection:
            return connection.execute(_READ, self._owner).mappings().all()

    def _row(self, entry: Entry) -> _Row:
        kind = type(entry.event).__name__
        try:
            body = _encode(to_fields(entry.event))
        except (TypeError, ValueError) as error:
            raise TypeError(f"an event {kind} cannot be journaled: {error}") from None
        return {**self._owner, "run": entry.run, "at": entry.at, "kind": kind, "body": body}

    def _entry(self, row: Mapping[str, Any] | RowMapping) -> Entry:
        place = self._store.database.name
        try:
            fields = json.loads(row["body"])
            return Entry(row["run"], row["at"], from_fields(row["kind"], fields))
        except (KeyError, TypeError):
            raise newer(place, f"it holds an event {row['kind']} that this one does not know") from None
        except (ValueError, AttributeError):
            raise damaged(place, f"an event {row['kind']} of run {row['run']} cannot be read") from None

    def _write(self, rows: list[_Row], *, always: bool = False) -> None:
        pending = self._grouped + rows
        if not pending and not always:
            return
        try:
            self._store_or_ask(pending)
        except LeaseLost:
            self._grouped = []
            raise
        self._grouped = []

    def _store_or_ask(self, rows: list[_Row]) -> None:
        try:
            self._store_rows(rows)
        except Unreachable:
            if self._store.on_file:
                raise
            # The connection broke (a laptop slept, the server restarted): the commit may have arrived or not.
            self._store_rows(rows, perhaps_stored=True)

    def _store_rows(self, rows: list[_Row], *, perhaps_stored: bool = False) -> None:
        with self._store.writing() as connection:
            self._check_fencing(connection)
            if rows and not (perhaps_stored and self._stands_last(connection, rows)):
                connection.execute(_ADD, rows)

    def _check_fencing(self, connection: Connection) -> None:
        present = connection.execute(_PRESENT, self._owner).scalar()
        if present == self._fencing:
            return
        held = "no run holds it" if present is None else f"the present number is {present}"
        raise LeaseLost(
            f"this run no longer holds cluster {self._owner['cluster']} ({self._owner['estate']}): "
            f"its fencing number is {self._fencing}, {held}; nothing was stored",
            f"see who works on it: invoke status --cluster {self._owner['cluster']}",
        )

    def _stands_last(self, connection: Connection, rows: list[_Row]) -> bool:
        # Only one writer passes the fencing check, so its lost commit can only be the end of the journal.
        tail = connection.execute(_TAIL, {**self._owner, "most": len(rows)}).all()
        return [tuple(row) for row in reversed(tail)] == [(r["run"], r["at"], r["kind"], r["body"]) for r in rows]


def open_journal(url_or_path: str | Path, *, cluster: str, estate: str) -> SqlJournal:
    """The journal of `cluster` on `estate`, in a SQLite file or in PostgreSQL; nothing is made before the first append.

    Raises Permanent (place, next action) when it is damaged, of a newer schema, another cluster's, or out of reach.
    """
    store = Store(parse(url_or_path), cluster, estate)
    try:
        store.exists()
    except BaseException:
        store.close()
        raise
    return SqlJournal(store, cluster, estate)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value, and a secret must never become one")


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode
