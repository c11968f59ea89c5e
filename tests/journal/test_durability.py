"""What durable stands on: the database is told to have every commit on disk before it answers."""

from __future__ import annotations

import pytest

from bootstrap.journals.database import parse
from bootstrap.journals.sql_store import Store
from tests.journal.places import CLUSTER, ESTATE, Place

SQLITE = {"PRAGMA synchronous": 2, "PRAGMA journal_mode": "wal"}
POSTGRESQL = {"SHOW synchronous_commit": "on", "SHOW statement_timeout": "10s", "SHOW lock_timeout": "5s"}


def test_every_commit_is_asked_to_be_on_disk(place: Place) -> None:
    """SQLite in WAL mode syncs at each commit only with FULL (2); PostgreSQL only with synchronous_commit on."""
    place.held()
    store = Store(parse(place.url), CLUSTER, ESTATE)
    with store.writing() as connection:
        asked = SQLITE if store.on_file else POSTGRESQL
        found = {setting: connection.exec_driver_sql(setting).scalar() for setting in asked}
    store.close()
    assert found == asked


def test_a_transaction_that_fails_leaves_nothing(place: Place) -> None:
    """Whatever was done in it before the error is undone, and the next one works."""
    place.held()
    store = Store(parse(place.url), CLUSTER, ESTATE)
    with pytest.raises(RuntimeError):
        _write_and_fail(store)
    with store.writing() as connection:
        assert connection.exec_driver_sql("SELECT fencing FROM journal_leases").scalar() == 1
    store.close()


def _write_and_fail(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE journal_leases SET fencing = 77")
        raise RuntimeError
