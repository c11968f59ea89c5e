"""Rule 4: kill -9 at every single journal write of a whole bootstrap, resume, same final state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bootstrap.journal import Journal, MemoryJournal
from inventory.model import Cluster
from tests.simulation.killing import Bootstrapping, begun, final_state, repeated
from tree.tree import Tree

SLICES = 12
"""The writes are shared out, so that the tests can run side by side."""


def kept(journal: Journal) -> Journal:
    return journal


def lost(_: Journal) -> Journal:
    return MemoryJournal()


@pytest.mark.parametrize("share", range(SLICES))
@pytest.mark.parametrize("stored", [False, True], ids=["before-it-is-stored", "after-it-is-stored"])
def test_killed_at_every_write_it_ends_in_the_same_state(
    main_cluster: Cluster, main_tree: Tree, share: int, stored: bool
) -> None:
    """The same command goes on; no effect twice that may not be, etcd begun exactly once."""
    _kill_at_each(Bootstrapping(main_cluster, main_tree), share, stored, kept)


@pytest.mark.parametrize("share", range(SLICES))
def test_with_the_journal_deleted_at_every_write_the_world_decides(
    main_cluster: Cluster, main_tree: Tree, share: int
) -> None:
    """Killed and robbed of its record, the next run looks at the world and ends in the same state."""
    _kill_at_each(Bootstrapping(main_cluster, main_tree), share, True, lost)


def _kill_at_each(
    bootstrapping: Bootstrapping, share: int, stored: bool, afterwards: Callable[[Journal], Journal]
) -> None:
    finished, writes = bootstrapping.uninterrupted()
    expected = final_state(finished)
    assert writes > 150
    for write in range(1 + share, writes + 1, SLICES):
        world = bootstrapping.killed_at(write, stored=stored, afterwards=afterwards)
        assert begun(world) == ["k8s-1"], f"killed at write {write}"
        assert repeated(world) == [], f"killed at write {write}"
        assert final_state(world) == expected, f"killed at write {write}"
