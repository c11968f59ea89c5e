"""One connection to a journal's database: transactions that read or write, and errors in the operator's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from sqlalchemy import Connection, or_, select
from sqlalchemy.exc import DBAPIError, ResourceClosedError

from bootstrap.errors import Permanent
from bootstrap.journals import schema
from bootstrap.journals.database import Database, engine
from bootstrap.journals.sql_errors import QUARANTINE, Unreachable, explain

CHECKED_WHOLE_BYTES = 4 * 1024 * 1024
"""A file up to this size is read through when it is opened (some ms); a larger one speaks up where it is read."""


class Store:
    """Nothing is created or changed before the first write; reading a journal that does not exist finds nothing."""

    def __init__(self, database: Database, cluster: str, estate: str) -> None:
        self.database = database
        self._owner = (cluster, estate)
        self._engine = engine(database)
        self._connection: Connection | None = None
        self._writable = False
        self._read_through = False
        self._turn = RLock()

    @property
    def on_file(self) -> bool:
        """True for SQLite: one computer's file."""
        return self.database.path is not None

    def exists(self) -> bool:
        """False while nothing was ever written. Raises Permanent: damaged, another's, or of a newer schema."""
        path = self.database.path
        if path is not None and not _has_bytes(path):
            return False
        with self._transaction("BEGIN") as connection:
            self._examine(connection)
            return schema.version_of(connection) is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state. Only where `exists()`."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on disk when the block ends, or leaves nothing behind when it raises."""
        with self._turn:
            if not self._writable:
                self._prepare()
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection

    def close(self) -> None:
        """Let go of file or connection; never raises."""
        with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(DBAPIError, ResourceClosedError, sqlite3.Error):
                    connection.close()

    def _prepare(self) -> None:
        path = self.database.path
        if path is not None:
            self.exists()
            _make_folder(path)
            self._write_ahead()
        with self._transaction("BEGIN IMMEDIATE") as connection:
            schema.create(connection)
            self._examine(connection)
        self._writable = True

    def _write_ahead(self) -> None:
        # sqlite.org/wal.html: the mode stays with the file; a commit is one sync, and readers do not block writers.
        with self._explained():
            self._open().connection.cursor().execute("PRAGMA journal_mode=WAL")

    def _examine(self, connection: Connection) -> None:
        found = schema.version_of(connection)
        if self.on_file and _has_bytes(Path(self.database.name)):
            self._examine_file(connection, found)
        if found is not None and found != schema.VERSION:
            raise newer(self.database.name, f"its schema is version {found}, this program knows {schema.VERSION}")

    def _examine_file(self, connection: Connection, found: int | None) -> None:
        self._read_once(connection)
        if found == schema.VERSION:
            self._examine_owner(connection)
        elif found is None and connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            raise damaged(self.database.name, "it is a database, but not a journal")

    def _read_once(self, connection: Connection) -> None:
        if self._read_through or Path(self.database.name).stat().st_size > CHECKED_WHOLE_BYTES:
            return
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if verdict != "ok":
            raise damaged(self.database.name, str(verdict))
        self._read_through = True

    def _examine_owner(self, connection: Connection) -> None:
        table = schema.leases.c
        other = or_(table.cluster != self._owner[0], table.estate != self._owner[1])
        row = connection.execute(select(table.cluster, table.estate).where(other)).first()
        if row is not None:
            raise Permanent(
                f"the journal {self.database.name} is that of cluster {row.cluster} ({row.estate}), "
                f"expected {self._owner[0]} ({self._owner[1]})",
                "name the journal of this cluster and estate: they never share a file",
            )

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._turn, self._explained():
            connection = self._open()
            with connection.begin():
                if self.on_file:
                    connection.exec_driver_sql(begin)
                yield connection

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            wrapped = error if isinstance(error, DBAPIError) else DBAPIError(None, None, error)
            problem = explain(wrapped, self.database.name)
            if isinstance(problem, Unreachable):
                self.close()
            raise problem from None


def newer(place: str, what: str) -> Permanent:
    """The journal was written by a later Firstlight."""
    return Permanent(
        f"the journal {place} was written by a newer Firstlight: {what}",
        "use that newer version of Firstlight; nothing was written by this one",
    )


def damaged(place: str, what: str) -> Permanent:
    """The journal cannot be trusted any more."""
    return Permanent(f"the journal {place} is damaged ({what})", QUARANTINE)


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Permanent(f"the journal {path} cannot be read: {error.strerror}", "see the folder's rights") from None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Permanent(
            f"the journal's folder {path.parent} cannot be made: {error.strerror}",
            "make that place writable for this user, then run the same command again",
        ) from None
