"""A journal's place on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.places import Place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Both databases, one after the other: the same test holds on each."""
    on_file = request.param == "sqlite"
    url = str(tmp_path / "state" / "journal.db") if on_file else request.getfixturevalue("postgresql_database")
    here = Place(url, tmp_path)
    yield here
    here.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Place]:
    """SQLite alone, for what only a file can suffer."""
    here = Place(str(tmp_path / "state" / "journal.db"), tmp_path)
    yield here
    here.close()
