"""One lab of main for all tests that look at a finished bootstrap; tests that break something have one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.desk import Desk, Ended
from tests.lab.whole.homelab import LAB, lab_desk


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Ended]]:
    """A lab on which main was bootstrapped in one go, and what that command said. Down again at the end."""
    with lab_desk(tmp_path_factory.mktemp("lab")) as desk:
        ended = desk.run("bootstrap", *LAB)
        assert ended.code == 0, ended.end_of_it
        yield desk, ended


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with a lab of this test's own, down until a command brings it up."""
    with lab_desk(tmp_path) as desk:
        yield desk
