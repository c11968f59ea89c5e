"""The whole system for a test of a rule: a cluster's real graph on a simulated world, run as often as a test likes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from bootstrap.events import Acting, Done, Entry, Satisfied
from bootstrap.graph import build
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.outcome import Ending
from bootstrap.runner import Runner
from bootstrap.selection import Selection
from inventory.load import load_cluster
from inventory.model import Cluster
from operations.rehearsing import Rehearsed, Wishes, bare_world, rehearse
from rehearsal.canonical import Canonical, canonical_state, settle
from rehearsal.estate import estate_of
from rehearsal.faults import Fault, inject
from rehearsal.machine_record import bare_machine
from rehearsal.virtual_time import EPOCH, VirtualClock
from rehearsal.workstation_port import Confirm
from rehearsal.world import World
from steps.pipeline import pipeline
from steps.site import Options, Site
from tree.read import read_tree
from tree.tree import Tree

ROOT = Path(__file__).parents[2]
Event = TypeVar("Event")
Hook = Callable[[Entry], None]


@cache
def cluster_of(name: str = "main") -> Cluster:
    return load_cluster(name, ROOT)


@cache
def tree_of(name: str = "main") -> Tree:
    return read_tree(cluster_of(name), ROOT)


@cache
def needs_of(name: str = "main") -> Mapping[str, tuple[str, ...]]:
    """Step id -> ids of what it needs, of a whole bootstrap."""
    cluster, tree = cluster_of(name), tree_of(name)
    world = World.bare(cluster, tree)
    return build(pipeline(Site(cluster, tree, estate_of(world, VirtualClock())))).needs


class Telling:
    """Around a journal: tells every stored entry, so that a test can change the world at a moment of the run."""

    def __init__(self, journal: Journal, on: Hook) -> None:
        self._journal, self._on = journal, on

    def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
        self._journal.append(entries, fencing=fencing, durable=durable)
        for entry in entries:
            self._on(entry)

    def entries(self) -> Iterable[Entry]:
        return self._journal.entries()

    def close(self) -> None:
        self._journal.close()


@dataclass(frozen=True)
class Ran:
    """One run, and the effects that the world accepted meanwhile."""

    rehearsed: Rehearsed
    effects: tuple[Mapping[str, Any], ...]

    @property
    def code(self) -> int:
        return self.rehearsed.result.exit_code

    @property
    def violations(self) -> tuple[str, ...]:
        return self.rehearsed.violations

    @property
    def exceptions(self) -> tuple[str, ...]:
        return self.rehearsed.result.exceptions

    def events(self, kind: type[Event]) -> list[Event]:
        """Events of one kind, in order."""
        return [entry.event for entry in self.rehearsed.entries if isinstance(entry.event, kind)]

    @property
    def acted(self) -> list[str]:
        return [event.step for event in self.events(Acting)]

    @property
    def refused(self) -> dict[str, str]:
        """Step -> sentence, of those that a guard stopped."""
        return self._ended(Ending.REFUSED)

    @property
    def failed(self) -> dict[str, str]:
        return self._ended(Ending.FAILED)

    def _ended(self, ending: Ending) -> dict[str, str]:
        return {id: o.sentence for id, o in self.rehearsed.result.outcomes.items() if o.ending is ending}

    def done(self, what: str) -> list[str]:
        """Targets of one kind of effect, in order."""
        return [str(effect["target"]) for effect in self.effects if effect["what"] == what]


@dataclass
class Play:
    """A world, its journal, and as many runs as a test makes. cluster: as this test wants it."""

    world: World
    cluster: Cluster = field(default_factory=cluster_of)
    tree: Tree = field(default_factory=tree_of)
    journal: Journal = field(default_factory=MemoryJournal)

    def run(
        self, *, on: Hook | None = None, agrees: Confirm | bool = False, without: tuple[str, ...] = (),
        options: Options | None = None, seed: int = 0, journal: Journal | None = None,
        during: Callable[[Runner], None] | None = None, **selection: Any,
    ) -> Ran:  # fmt: skip
        """The whole bootstrap, or what is selected of it. journal: another one around or instead of the play's own."""
        before = len(self.world.effects)
        kept = journal or self.journal
        wishes = Wishes(Selection(**selection), without, options or Options(), agrees)
        found = rehearse(
            self.cluster, self.tree, self.world,
            journal=Telling(kept, on) if on else kept, wishes=wishes, seed=seed, during=during,
        )  # fmt: skip
        return Ran(found, tuple(self.world.effects[before:]))

    def inject(self, *faults: Fault) -> None:
        inject(self.world, faults)

    def bare_again(self, *names: str) -> None:
        """These machines were replaced by empty ones."""
        for node in self.cluster.nodes:
            if node.name in names:
                self.world.machines[node.name] = bare_machine(node, self.world.talos_version)

    def state(self) -> Canonical:
        """The final state, once the world has come to rest."""
        settle(self.world)
        return canonical_state(self.world)


def play(*faults: Fault, seed: int = 1, name: str = "main") -> Play:
    """Bare machines, and what will go wrong."""
    cluster, tree = cluster_of(name), tree_of(name)
    return Play(bare_world(cluster, tree, seed, faults), cluster, tree)


def finished(*, seed: int = 1, name: str = "main") -> Play:
    """A cluster that was bootstrapped to the end, and left alone until it came to rest."""
    found = play(seed=seed, name=name)
    assert found.run().code == 0
    settle(found.world)
    return found


def when(step: str, kind: type[Any], change: Callable[[], None]) -> Hook:
    """A hook that changes the world at the first event of one kind of one step."""
    waiting = [change]

    def on(entry: Entry) -> None:
        if waiting and isinstance(entry.event, kind) and getattr(entry.event, "step", "") == step:
            waiting.pop()()

    return on


def verified(step: str, change: Callable[[], None]) -> Hook:
    """A hook that changes the world once a step is verified."""
    kinds = Done | Satisfied
    waiting = [change]

    def on(entry: Entry) -> None:
        if waiting and isinstance(entry.event, kinds) and entry.event.step == step:
            waiting.pop()()

    return on


def world_time(entry: Entry) -> float:
    """Seconds of the world at which an entry was written."""
    return entry.at - EPOCH
