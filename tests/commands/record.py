"""What commands leave behind, read as a stranger would: the journal's rows and the rehearsed world."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from rehearsal.world import World
from rehearsal.world_file import WorldFile


def rows(journal: Path) -> list[tuple[str, dict[str, Any]]]:
    """(kind, fields) of every entry, oldest first; [] while there is no journal. Opened for reading alone."""
    if not journal.exists():
        return []
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=30)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'journal_entries'").fetchone():
            return []
        found = database.execute("SELECT kind, body FROM journal_entries ORDER BY id").fetchall()
    return [(kind, json.loads(body)) for kind, body in found]


def kinds(journal: Path) -> list[str]:
    return [kind for kind, _ in rows(journal)]


def world_of(path: Path) -> World:
    """The rehearsed world as it was saved last."""
    world = WorldFile(path).load()
    assert world is not None, f"there is no world in {path}"
    return world


def effects(path: Path) -> list[tuple[str, str]]:
    """(what, target) of everything that was done to the world, in order."""
    return [(effect["what"], effect["target"]) for effect in world_of(path).effects]
