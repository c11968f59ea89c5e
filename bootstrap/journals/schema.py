"""The journal's tables, the same on SQLite and PostgreSQL. Entries can only be added: the database holds that."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    inspect,
    select,
)

VERSION = 1
"""Raised with every change of the tables or of the kinds of events."""

_metadata = MetaData()

schema_version = Table("journal_schema_version", _metadata, Column("version", Integer, nullable=False))

entries = Table(
    "journal_entries",
    _metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("cluster", Text, nullable=False),
    Column("estate", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
)

leases = Table(
    "journal_leases",
    _metadata,
    Column("cluster", Text, primary_key=True),
    Column("estate", Text, primary_key=True),
    Column("fencing", BigInteger, nullable=False),
    Column("released", Boolean, nullable=False),
    Column("holder", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("heartbeat", Double, nullable=False),
    Column("ttl_s", Double, nullable=False),
)

# A file holds one cluster's entries and is read as a whole; a second index would only cost pages in every commit there.
Index("journal_entries_of", entries.c.cluster, entries.c.estate, entries.c.id).ddl_if(dialect="postgresql")

_APPEND_ONLY = "the journal is append-only"
_TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER journal_entries_kept BEFORE DELETE ON journal_entries "
        f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
        f"CREATE TRIGGER journal_entries_fixed BEFORE UPDATE ON journal_entries "
        f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
    ),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION journal_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_APPEND_ONLY}'; END $$",
        "CREATE TRIGGER journal_entries_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_entries_refuse()",
    ),
}
_CREATION_LOCK = 0x46697273
"""Key of PostgreSQL's advisory lock: CREATE TABLE IF NOT EXISTS of two sessions at once ends in a unique violation."""


def create(connection: Connection) -> None:
    """Make the tables where they are missing, inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})")
    if version_of(connection) is None:
        _metadata.create_all(connection)
        for statement in _TRIGGERS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.execute(schema_version.insert(), [{"version": VERSION}])


def version_of(connection: Connection) -> int | None:
    """The version that the database was made with; None when it has no journal; 0 when its version is missing."""
    if not inspect(connection).has_table(schema_version.name):
        return None
    found: int | None = connection.execute(select(schema_version.c.version)).scalar()
    return found or 0
