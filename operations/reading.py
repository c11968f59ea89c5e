"""Reading a cluster's journal without its lease."""

from __future__ import annotations

from bootstrap.events import Entry
from bootstrap.journals.sql_journal import open_journal
from operations.places import Places


def entries_of(places: Places, cluster: str, estate: str) -> tuple[Entry, ...]:
    """All entries, oldest first; () when no run was ever kept. Raises Permanent for a journal that cannot be read."""
    journal = open_journal(places.journal, cluster=cluster, estate=estate)
    try:
        return tuple(journal.entries())
    finally:
        journal.close()
