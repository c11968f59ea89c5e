"""Where a journal is: a SQLite file on this computer, or a PostgreSQL database by its URL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from bootstrap.errors import Permanent

CONNECT_TIMEOUT_S = 5
"""Seconds to reach the server; as long is waited for another process's short transaction."""

_SESSION = {
    "synchronous_commit": "on",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    # A client that vanished in a transaction would hold the lease's row against everybody.
    "idle_in_transaction_session_timeout": "10s",
    "client_min_messages": "warning",
}
_EXPECTED = "name a file's path, or postgresql://user@host/database"


@dataclass(frozen=True, slots=True)
class Database:
    """path: the file; None for a server. name: how it is printed, without a password."""

    url: URL
    path: Path | None
    name: str


def parse(url_or_path: str | Path) -> Database:
    """Read what the operator gave. Raises Permanent when it is neither a path nor a URL that a journal can be at."""
    text = str(url_or_path)
    if isinstance(url_or_path, Path) or "://" not in text:
        return _file(Path(text))
    try:
        url = make_url(text)
    except ArgumentError:
        raise Permanent("the journal's URL cannot be read", _EXPECTED) from None
    if url.get_backend_name() == "sqlite" and url.database:
        return _file(Path(url.database))
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise Permanent(f"a journal cannot be kept in {url.get_backend_name()}", _EXPECTED)
    return Database(url.set(drivername="postgresql+psycopg"), None, url.render_as_string(hide_password=True))


def _file(path: Path) -> Database:
    return Database(URL.create("sqlite", database=str(path)), path, str(path))


def engine(database: Database) -> Engine:
    """An engine that keeps no connection of its own. Raises Permanent when PostgreSQL's driver is not installed."""
    if database.path is not None:
        made = create_engine(database.url, poolclass=NullPool, connect_args=_sqlite_arguments())
        event.listen(made, "connect", _every_commit_is_synced)
        return made
    try:
        return create_engine(database.url, poolclass=NullPool, connect_args=_postgresql_arguments())
    except ImportError:
        raise Permanent(
            f"the journal {database.name} needs PostgreSQL's driver, which is not installed",
            "install it: uv sync --extra postgresql",
        ) from None


def _sqlite_arguments() -> dict[str, Any]:
    # isolation_level None: transactions begin where the store says so, not where the driver guesses.
    return {"isolation_level": None, "check_same_thread": False, "timeout": CONNECT_TIMEOUT_S}


def _postgresql_arguments() -> dict[str, Any]:
    options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    keepalive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 15_000}
    return {"connect_timeout": CONNECT_TIMEOUT_S, "options": options, "application_name": "firstlight", **keepalive}


def _every_commit_is_synced(connection: Any, _record: object) -> None:
    # sqlite.org/pragma.html#pragma_synchronous: in WAL mode NORMAL may lose the last commits in a power cut.
    connection.execute("PRAGMA synchronous=FULL")
