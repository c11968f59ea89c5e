"""Whole bootstraps by the real pipeline on a simulated world of main, for tests of the world under it."""

from __future__ import annotations

from random import Random
from typing import Any

from bootstrap.graph import build
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.plan import resolve
from bootstrap.record import fold
from bootstrap.recorder import Recorder
from bootstrap.runner import Header, Result, Runner
from bootstrap.selection import Selection
from rehearsal.estate import estate_of
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.world import World
from steps.absence import absent_nodes
from steps.pipeline import pipeline
from steps.site import Site
from tests.rehearsal.worlds import cluster_of, tree_of


class FreeLease:
    """Always held."""

    fencing, reach, heartbeat_s = 1, "this test", 15.0

    def acquire(self) -> None: ...
    def renew(self) -> None: ...
    def check(self) -> None: ...
    def release(self) -> None: ...


def bootstrap(world: World, journal: Journal | None = None, without: tuple[str, ...] = (), **how: Any) -> Result:
    """One run of the whole pipeline. Raises what the journal raises on purpose. how: as for estate_of."""
    journal = journal if journal is not None else MemoryJournal()
    cluster, tree, clock = cluster_of(world.cluster), tree_of(world.cluster), VirtualClock()

    async def main() -> Result:
        absent = absent_nodes(cluster, without)
        site = Site(cluster, tree, estate_of(world, clock, **how), absent=absent)
        plan = resolve(build(pipeline(site)), Selection(), absent=absent, deadline_s=cluster.limits.command_s)
        recorder = Recorder("run", journal, FreeLease(), clock, fold(journal.entries()))
        header = Header(cluster.name, "rehearsal", await site.commit())
        return await Runner(plan, header, recorder, FreeLease(), clock, Random(world.seed)).walk()

    return run_virtual(main, world.now)
