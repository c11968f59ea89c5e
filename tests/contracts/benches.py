"""Every estate that can be had here: each keeps every contract of the ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rehearsal.estate import estate_of
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.world import World
from steps.site import Site
from tests.contracts.bench import Bench
from tests.contracts.known import CONTRACTS
from tests.contracts.lab_bench import lab_bench
from tests.rehearsal.worlds import cluster_of, tree_of


class RehearsalBench:
    """A new world of main for each contract, in virtual time."""

    def hold(self, name: str) -> None:
        cluster, tree, clock = cluster_of(), tree_of(), VirtualClock()
        world = World.bare(cluster, tree, seed=11)

        async def main() -> None:
            await CONTRACTS[name](Site(cluster, tree, estate_of(world, clock, confirm=True)), clock)

        run_virtual(main)


@contextmanager
def rehearsal_bench(_: Path) -> Iterator[Bench]:
    yield RehearsalBench()


BENCHES: dict[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    "rehearsal": rehearsal_bench,
    "lab": lab_bench,
}
"""Makes a bench that keeps what it needs in an empty folder, for as long as the block lasts."""
