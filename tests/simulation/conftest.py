"""The clusters of this repository, read once for all simulations."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.load import load_cluster
from inventory.model import Cluster
from tree.read import read_tree
from tree.tree import Tree

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def main_cluster() -> Cluster:
    return load_cluster("main", ROOT)


@pytest.fixture(scope="session")
def main_tree(main_cluster: Cluster) -> Tree:
    return read_tree(main_cluster, ROOT)
