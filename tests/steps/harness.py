"""A cluster's steps on a simulated world: look at one gate, run one act, or walk a whole bootstrap in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from bootstrap.events import Acting, Done, Entry, Failed, Satisfied
from bootstrap.graph import build
from bootstrap.journal import MemoryJournal
from bootstrap.memory import Memory
from bootstrap.plan import resolve
from bootstrap.record import fold
from bootstrap.recorder import Recorder
from bootstrap.runner import Header, Result, Runner
from bootstrap.selection import Selection
from bootstrap.step import Step
from bootstrap.verdict import Evidence, Verdict
from estate.estate import Estate
from inventory.load import load_cluster
from inventory.model import Cluster, Limits
from rehearsal.estate import estate_of
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.workstation_port import Confirm
from rehearsal.world import World
from steps.pipeline import pipeline
from steps.site import Options, Site
from tests.engine.toy import ToyLease
from tree.read import read_tree
from tree.reference import Reference
from tree.tree import Tree

ROOT = Path(__file__).parents[2]
CLUSTERS = ("main", "staging")
T = TypeVar("T")


@cache
def cluster_of(name: str = "main", root: Path = ROOT) -> Cluster:
    return load_cluster(name, root)


@cache
def tree_of(name: str = "main", root: Path = ROOT) -> Tree:
    return read_tree(cluster_of(name, root), root)


class Instead:
    """A port that answers some calls by itself and passes all others on."""

    def __init__(self, port: Any, **calls: Callable[..., Any]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> Any:
        call = self._calls.get(name)
        if call is None:
            return getattr(self._port, name)

        async def answer(*arguments: Any, **named: Any) -> Any:
            return call(*arguments, **named)

        return answer


def raising(error: Exception) -> Callable[..., Any]:
    """A call that only fails."""

    def call(*_: Any, **__: Any) -> Any:
        raise error

    return call


class Connecting:
    """A port whose connections answer some calls by themselves."""

    def __init__(self, port: Any, **calls: Callable[..., Any]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def connect(self, *credentials: Any) -> Any:
        return Instead(await self._port.connect(*credentials), **self._calls)


Adapt = Callable[[Estate], Estate]


def answering(port: str, **calls: Callable[..., Any]) -> Adapt:
    """An estate of which one port answers these calls by itself."""
    return lambda estate: _with(estate, port, Instead(getattr(estate, port), **calls))


def connected(port: str, **calls: Callable[..., Any]) -> Adapt:
    """The same for connections that a port makes: machines of talos, the API of kubernetes, charts of helm."""
    return lambda estate: _with(estate, port, Connecting(getattr(estate, port), **calls))


def _with(estate: Estate, name: str, port: Any) -> Estate:
    ports: dict[str, Any] = {name: port}
    return replace(estate, **ports)


class Remembering:
    """What an act is given, when a test runs it by itself."""

    number = 1

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()

    def pin(self, key: str, value: str) -> None:
        pins = {**self.memory.pins, key: value}
        self.memory = Memory(self.memory.generation, pins, consents=self.memory.consents)

    def open_generation(self, why: str) -> None:
        self.memory = Memory(self.memory.generation + 1)

    def consent(self, items: frozenset[str]) -> None:
        known = self.memory
        self.memory = Memory(known.generation, known.pins, consents=known.consents | items)


@dataclass
class Ran:
    """One run: its result, its events, and the effects that the world accepted meanwhile."""

    result: Result
    entries: tuple[Entry, ...]
    effects: tuple[Mapping[str, Any], ...]

    @property
    def code(self) -> int:
        return self.result.exit_code

    @property
    def acted(self) -> list[str]:
        return [entry.event.step for entry in self.entries if isinstance(entry.event, Acting)]

    @property
    def problems(self) -> dict[str, str]:
        """Step -> sentence, of all that failed."""
        return {e.event.step: e.event.sentence for e in self.entries if isinstance(e.event, Failed)}

    def evidence(self, step: str) -> Evidence:
        found = [e.event for e in self.entries if isinstance(e.event, Done | Satisfied) and e.event.step == step]
        return found[-1].evidence

    def done(self, what: str) -> list[str]:
        """Targets of one kind of effect, in order."""
        return [str(effect["target"]) for effect in self.effects if effect["what"] == what]


@dataclass
class Scene:
    """A cluster, its world, and what the operator said. adapt: the estate as this test wants it."""

    cluster: Cluster
    tree: Tree
    world: World
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    options: Options = field(default_factory=Options)
    absent: tuple[str, ...] = ()
    confirm: Confirm | bool = False
    secrets: Mapping[Reference, str] | None = None
    adapt: Adapt = lambda estate: estate

    def site(self) -> Site:
        """Only inside of a loop of virtual time."""
        estate = self.adapt(estate_of(self.world, VirtualClock(), confirm=self.confirm, secrets=self.secrets))
        return Site(self.cluster, self.tree, estate, absent=self.absent, options=self.options)

    def play(self, main: Callable[[Site], Coroutine[Any, Any, T]]) -> T:
        return run_virtual(lambda: main(self.site()), start=self.world.now)

    def memory(self) -> Memory:
        return fold(self.journal.entries()).memory

    def look(self, step: str, memory: Memory | None = None) -> Verdict:
        """One look at one gate."""

        async def once(site: Site) -> Verdict:
            return await _step(site, step).gate.observe(memory or self.memory())

        return self.play(once)

    def act(self, step: str, attempt: Remembering | None = None) -> str:
        """One attempt of one act, ungated."""

        async def once(site: Site) -> str:
            act = _step(site, step).act
            assert act is not None
            return await act(attempt or Remembering(self.memory()))

        return self.play(once)

    def run(self, *, on: Callable[[Entry], None] | None = None, seed: int = 0, **selection: Any) -> Ran:
        """Walk the plan. on: told every event, e.g. to change the world at it."""
        entries, effects = len(self.journal.stored), len(self.world.effects)

        async def walk(site: Site) -> Result:
            plan = resolve(build(pipeline(site)), Selection(**selection), absent=self.absent)
            clock, lease = VirtualClock(), ToyLease()
            observers = [on] if on is not None else []
            recorder = Recorder("run", self.journal, lease, clock, fold(self.journal.entries()), observers)
            header = Header(self.cluster.name, "rehearsal", await site.commit())
            return await Runner(plan, header, recorder, lease, clock, Random(seed)).walk()

        result = self.play(walk)
        return Ran(result, tuple(self.journal.stored[entries:]), tuple(self.world.effects[effects:]))

    def hurry(self, **deadlines: float) -> None:
        """Shorter deadlines for some steps, as an inventory can give them."""
        limits = Limits(deadlines={**self.cluster.limits.deadlines, **deadlines})
        self.cluster = self.cluster.model_copy(update={"limits": limits})


def _step(site: Site, id: str) -> Step:
    return build(pipeline(site)).steps[id]


def bare(name: str = "main", root: Path = ROOT, **more: Any) -> Scene:
    """All machines in maintenance mode with empty disks."""
    cluster, tree = cluster_of(name, root), tree_of(name, root)
    return Scene(cluster, tree, World.bare(cluster, tree, seed=1), **more)


def finished(name: str = "main", root: Path = ROOT, **more: Any) -> Scene:
    """A cluster that was bootstrapped to the end."""
    scene = bare(name, root)
    assert scene.run().code == 0
    for key, value in more.items():
        setattr(scene, key, value)
    return scene


def begun(until: str, name: str = "main", root: Path = ROOT) -> Scene:
    """A cluster that was bootstrapped up to and with one step."""
    scene = bare(name, root)
    assert scene.run(until=(until,)).code == 0
    return scene
