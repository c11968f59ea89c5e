"""Whole bootstraps that are killed at a chosen journal write and then go on, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bootstrap.journal import Journal, MemoryJournal
from inventory.model import Cluster
from operations.rehearsing import bare_world, rehearse
from rehearsal.canonical import Canonical, canonical_state, settle
from rehearsal.invariants import check
from rehearsal.killing_journal import Killed, KillingJournal
from rehearsal.world import World
from tree.tree import Tree

SEED = 11
MAY_BE_REPEATED = frozenset({"apply", "write-file", "helm-sync", "helm-repair", "apply-config"})
"""Effects that may happen again when a kill left their call in doubt. Beginning etcd is not among them."""


@dataclass(frozen=True)
class Bootstrapping:
    """One cluster on its tree, bootstrapped from bare machines again and again."""

    cluster: Cluster
    tree: Tree

    def uninterrupted(self) -> tuple[World, int]:
        """A finished world, and the number of journal writes that it took."""
        journal = KillingJournal(MemoryJournal(), at=1_000_000, stored=True)
        world = bare_world(self.cluster, self.tree, SEED)
        run = rehearse(self.cluster, self.tree, world, journal=journal)
        assert run.result.exit_code == 0
        return world, journal.writes

    def killed_at(self, write: int, *, stored: bool, afterwards: Callable[[Journal], Journal]) -> World:
        """Killed at one write, then run again with what `afterwards` leaves of the journal."""
        journal: Journal = MemoryJournal()
        world = bare_world(self.cluster, self.tree, SEED)
        try:
            rehearse(self.cluster, self.tree, world, journal=KillingJournal(journal, write, stored=stored))
        except (Killed, BaseExceptionGroup):
            journal = afterwards(journal)
        again = rehearse(self.cluster, self.tree, world, journal=journal)
        assert again.result.exit_code == 0, f"killed at write {write}: {again.result}"
        assert check(world, self.cluster) == ()
        return world


def final_state(world: World) -> Canonical:
    settle(world)
    return canonical_state(world)


def begun(world: World) -> list[str]:
    """On which nodes etcd was begun, every time."""
    return [effect["target"] for effect in world.effects if effect["what"] == "bootstrap-etcd"]


def repeated(world: World) -> list[str]:
    """Effects that happened more often than they may."""
    seen: dict[tuple[str, str], int] = {}
    for effect in world.effects:
        key = (effect["what"], effect["target"])
        seen[key] = seen.get(key, 0) + 1
    return [f"{what} {target}" for (what, target), count in seen.items() if count > 1 and what not in MAY_BE_REPEATED]
