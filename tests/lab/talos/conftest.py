"""What the tests of the lab's Talos machines share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.talos import tools
from tests.lab.talos.bench import generated_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster's configs and talosconfig as `talosctl gen config` makes them."""
    tools.require()
    return generated_pki(tmp_path_factory.mktemp("pki"))
