"""Stages: every kind of lease, and those that a row alone decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lease.stage import Stage

KINDS = ["file", "row on sqlite", "row on postgresql", "both"]


def _stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    kind = request.param
    on_server = kind == "row on postgresql"
    url = request.getfixturevalue("postgresql_database") if on_server else str(tmp_path / "journal.db")
    stage = Stage(kind, url, tmp_path / "state")
    yield stage
    stage.close()


@pytest.fixture(params=KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Every kind of lease."""
    yield from _stage(request, tmp_path)


@pytest.fixture(params=["row on sqlite", "row on postgresql"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A row alone: what two computers share."""
    yield from _stage(request, tmp_path)
