"""What an estate must offer to be held to the contracts of the ports. The rehearsal's is here; the lab's is added in
`BENCHES`, by one line."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from bootstrap.clock import Clock
from inventory.model import Cluster
from rehearsal.estate import estate_of
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.world import World
from steps.site import Site
from tests.rehearsal.worlds import cluster_of, tree_of
from tree.tree import Tree

T = TypeVar("T")
Contract = Callable[[Site, Clock], Coroutine[Any, Any, None]]


class Bench(Protocol):
    """One estate whose machines are bare when `hold` begins."""

    def hold(self, contract: Contract) -> None:
        """Run a contract on it. Raises what the contract asserts."""


class RehearsalBench:
    """A new world of main for each contract, in virtual time."""

    def __init__(self) -> None:
        self.cluster: Cluster = cluster_of()
        self.tree: Tree = tree_of()

    def hold(self, contract: Contract) -> None:
        clock, world = VirtualClock(), World.bare(self.cluster, self.tree, seed=11)

        async def main() -> None:
            await contract(Site(self.cluster, self.tree, estate_of(world, clock, confirm=True)), clock)

        run_virtual(main)


BENCHES: dict[str, Callable[[], Bench]] = {"rehearsal": RehearsalBench}
