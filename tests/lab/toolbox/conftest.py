"""What the tests of the toolbox share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.toolbox.tiny import Bench


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Go's caches for this session: its runtime is compiled once."""
    return tmp_path_factory.mktemp("go")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A tiny tool, not built yet."""
    return Bench(tmp_path).write()
