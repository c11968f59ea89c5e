"""One rehearsed bootstrap in memory, with faults: for campaigns, tests and benchmarks. No file, no terminal."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bootstrap.errors import LeaseLost
from bootstrap.events import Entry
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.record import fold
from bootstrap.recorder import Recorder
from bootstrap.runner import Header, Result, Runner
from bootstrap.selection import Selection
from inventory.model import Cluster
from operations.planning import plan_of
from rehearsal.estate import estate_of
from rehearsal.faults import Fault, inject
from rehearsal.invariants import check
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.workstation_port import Confirm
from rehearsal.world import World
from steps.absence import absent_nodes
from steps.site import Options, Site
from tree.tree import Tree


class RehearsedLease:
    """A lease inside one process: the next holder's fencing number is higher, and a thief can be rehearsed."""

    reach = "this rehearsal"
    heartbeat_s = 15.0

    def __init__(self, fencing: int) -> None:
        self.fencing = fencing
        self.stolen = False

    def acquire(self) -> None:
        """It is always free: rehearsals in memory are walked one after the other."""

    def renew(self) -> None:
        if self.stolen:
            raise LeaseLost("another operator holds the lease", "see who it is; the same command goes on after them")

    def check(self) -> None:
        self.renew()

    def steal(self) -> None:
        """Another operator takes it."""
        self.stolen = True

    def release(self) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the rehearsed operator asks for. agrees: the answer when something would be destroyed, or who gives it."""

    selection: Selection = field(default_factory=Selection)
    without: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    agrees: Confirm | bool = False


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """violations: broken rules, as sentences. entries: of this run alone."""

    result: Result
    entries: tuple[Entry, ...]
    violations: tuple[str, ...]


class _Watch:
    """An observer that checks the rules after every event by which the world had changed."""

    def __init__(self, world: World, cluster: Cluster, options: Options) -> None:
        self.found: list[str] = []
        self._world, self._cluster, self._options = world, cluster, options
        self._seen = -1

    def __call__(self, _: Entry) -> None:
        if len(self._world.effects) != self._seen:
            self._seen = len(self._world.effects)
            self.found += check(
                self._world, self._cluster, drift=self._options.apply_drift, taken_back=self._options.take_back
            )


def bare_world(cluster: Cluster, tree: Tree, seed: int, faults: Iterable[Fault] = ()) -> World:
    """Bare machines, and what will go wrong."""
    return inject(World.bare(cluster, tree, seed), faults)


def rehearse(
    cluster: Cluster,
    tree: Tree,
    world: World,
    *,
    journal: Journal | None = None,
    wishes: Wishes | None = None,
    seed: int = 0,
    during: Callable[[Runner], None] | None = None,
    watchful: bool = False,
) -> Rehearsed:
    """Walk the whole pipeline on a world, in virtual time. during: is handed the runner before the walk begins.

    The rules are checked when the walk has ended; watchful: after every event too, so that none is broken in between.
    Raises what the journal raises on purpose (a rehearsed kill), BadInput, Refused and SelectionError.
    """
    wishes = wishes or Wishes()
    journal = journal if journal is not None else MemoryJournal()
    before = tuple(journal.entries())
    lease = RehearsedLease(1 + sum(type(entry.event).__name__ == "RunStarted" for entry in before))
    clock = VirtualClock()
    estate = estate_of(world, clock, confirm=wishes.agrees, on_lease_stolen=lease.steal)
    absent = absent_nodes(cluster, wishes.without)
    site = Site(cluster, tree, estate, absent=absent, options=wishes.options)
    plan = plan_of(site, wishes.selection)
    watch = _Watch(world, cluster, wishes.options)

    async def walk() -> Result:
        observers = (watch,) if watchful else ()
        recorder = Recorder(f"run-{lease.fencing}", journal, lease, clock, fold(before), observers)
        header = Header(cluster.name, "rehearsal", await site.commit())
        rng = random.Random(seed)  # noqa: S311 - jitter, not cryptography
        runner = Runner(plan, header, recorder, lease, clock, rng)
        if during is not None:
            during(runner)
        return await runner.walk()

    result = run_virtual(walk, start=world.now)
    entries = tuple(journal.entries())
    violations = (*watch.found, *check(world, cluster, entries, wishes.options.apply_drift, wishes.options.take_back))
    return Rehearsed(result, entries[len(before) :], tuple(dict.fromkeys(violations)))
