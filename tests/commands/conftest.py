"""A desk for each test, empty or with a finished rehearsal on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands.desk import MAIN, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """No state yet, and an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return Desk(tmp_path / "state", home)


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One uninterrupted rehearsal of main, for all tests that only look at it."""
    desk = Desk(tmp_path_factory.mktemp("finished"), tmp_path_factory.mktemp("home"))
    ended = desk.run("bootstrap", *MAIN, "--pace", "max")
    assert ended.code == 0, ended.said
    return desk


@pytest.fixture
def finished(desk: Desk, finished_once: Desk) -> Desk:
    """A desk of the test's own on which main was bootstrapped."""
    shutil.copytree(finished_once.state, desk.state)
    return desk
