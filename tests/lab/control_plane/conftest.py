"""One run of each scenario for all tests that look at it; they are one group, so that one worker plays it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.control_plane.binaries import lacking
from tests.lab.control_plane.scenario import facts_of
from tests.needs import not_run, require

Facts = dict[str, Any]
_LIMIT_S = 240.0


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What single_scenario saw."""
    return _facts("single_scenario", tmp_path_factory)


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What three_scenario saw."""
    return _facts("three_scenario", tmp_path_factory)


def _facts(module: str, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    what = f"the lab's control plane ({module})"
    require(what, "a private network")
    if lacking():
        not_run(what, ", ".join(lacking()))
    return facts_of(module, tmp_path_factory.mktemp(module), _LIMIT_S)
