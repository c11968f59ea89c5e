"""The world while somebody looks at it: its time, its watchers, its saving, and its transitions by name."""

from __future__ import annotations

import ast
import asyncio

import pytest

from rehearsal.live import Live
from rehearsal.transitions import TRANSITIONS, run_until
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.world_json import to_json
from tests.rehearsal.worlds import ROOT, bare


def test_the_worlds_time_follows_the_clock_from_where_it_stands() -> None:
    """Whatever the clock shows at the first look, the world goes on from its own moment."""
    world = bare()
    world.now = 500.0

    async def main() -> None:
        clock = VirtualClock()
        await asyncio.sleep(7)
        live = Live(world, clock)
        live.arrive()
        assert world.now == 500.0
        await asyncio.sleep(30)
        live.arrive()
        assert world.now == 530.0

    run_virtual(main, start=10_000)


def test_time_stands_still_while_nobody_looks() -> None:
    """Between two commands nothing happens, however late the second one begins."""
    world = bare()
    world.schedule(5.0, "machine_off", "k8s-1", None)

    async def look(seconds: float) -> str:
        live = Live(world, VirtualClock())
        live.arrive()
        await asyncio.sleep(seconds)
        live.arrive()
        return world.machines["k8s-1"].phase

    assert run_virtual(lambda: look(3), start=0) == "maintenance"
    assert run_virtual(lambda: look(1), start=9_000) == "maintenance"
    assert run_virtual(lambda: look(1.5), start=90_000) == "off"


def test_what_is_due_happens_without_being_asked_for() -> None:
    """Nobody needs to call: a timer lets it happen at its moment, and wakes who watches."""
    world = bare()
    world.schedule(20.0, "machine_off", "k8s-1", None)

    async def main() -> float:
        live = Live(world, VirtualClock())
        async for _ in live.changes(["machine:k8s-1"]):
            return world.now
        raise AssertionError

    assert run_virtual(main) == 20.0


def test_things_happen_in_the_order_of_their_moments() -> None:
    """And at the same moment in the order in which they were scheduled; each sees its own moment."""
    world = bare()
    world.schedule(30.0, "registry_down", 1.0)
    world.schedule(10.0, "registry_down", 5.0)
    run_until(world, 10.0)
    assert (world.now, world.registry_down_until) == (10.0, 15.0)
    run_until(world, 40.0)
    assert (world.now, world.registry_down_until) == (40.0, 31.0)


def test_a_watcher_is_woken_once_for_what_changed_at_once() -> None:
    """Many changes at one moment are one reason to look."""
    world, woken = bare(), list[float]()
    for name in ("k8s-1", "k8s-2", "k8s-3"):
        world.schedule(10.0, "machine_off", name, None)
    world.schedule(20.0, "machine_off", "k8s-4", None)

    async def main() -> None:
        live = Live(world, VirtualClock())

        async def watch() -> None:
            async for _ in live.changes([f"machine:k8s-{n}" for n in range(1, 7)]):
                woken.append(world.now)

        task = asyncio.create_task(watch())
        await asyncio.sleep(60)
        task.cancel()

    run_virtual(main)
    assert woken == [10.0, 20.0]


def test_a_watcher_that_left_is_forgotten() -> None:
    """A cancelled watch costs nothing afterwards."""
    world = bare()
    live = Live(world, VirtualClock())

    async def main() -> None:
        async def watch() -> None:
            async for _ in live.changes(["machine:k8s-1"]):
                pass

        task = asyncio.create_task(watch())
        await asyncio.sleep(1)
        assert live._watchers["machine:k8s-1"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_virtual(main)
    assert not live._watchers["machine:k8s-1"]


def test_every_change_is_saved_before_it_is_seen() -> None:
    """At each look the saved world is the present one."""
    world, saved = bare(), list[str]()
    world.schedule(5.0, "machine_off", "k8s-1", None)

    async def main() -> None:
        live = Live(world, VirtualClock(), save=lambda w: saved.append(w.machines["k8s-1"].phase))
        live.arrive()
        await asyncio.sleep(6)
        assert saved[-1] == "off"

    run_virtual(main)


def test_time_that_passes_is_saved_now_and_then() -> None:
    """Also where nothing changes: the journal's clock must not go back after a kill."""
    world, saved = bare(), list[float]()

    async def main() -> None:
        live = Live(world, VirtualClock(), save=lambda w: saved.append(w.now))
        for _ in range(100):
            live.arrive()
            await asyncio.sleep(1)

    run_virtual(main)
    assert 5 <= len(saved) <= 15
    assert saved == sorted(saved)


@pytest.mark.parametrize("what", ["install/k8s-1", "reboot/k8s-1", "pull/k8s-4/quay.io/cilium/cilium"])
def test_a_latency_is_within_its_bounds_and_the_same_each_time(what: str) -> None:
    """In every world between low and high, and never another for the same thing."""
    for seed in range(50):
        world = bare(seed)
        found = world.latency(what, 3, 9)
        assert 3 <= found <= 9
        assert world.latency(what, 3, 9) == found


def test_worlds_differ_in_their_latencies() -> None:
    """A seed is another world."""
    assert len({bare(seed).latency("x", 0, 100) for seed in range(50)}) > 20


def _words(node: ast.AST) -> set[str]:
    found = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {value for value in found if isinstance(value, str) and len(value) > 1}


def test_every_transition_that_is_scheduled_exists() -> None:
    """A misspelt name would end a rehearsal at that moment: all names in the code are known."""
    names: set[str] = set()
    for path in sorted((ROOT / "rehearsal").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "schedule":
                names |= _words(node.args[1])
            if isinstance(node, ast.keyword) and node.arg in ("each_ready", "all_ready"):
                names |= _words(node.value)
    assert len(names) > 30
    assert names - set(TRANSITIONS) == set()


def test_looking_does_not_change_a_world() -> None:
    """A look at a world in which nothing is due leaves it as it is."""
    world = bare()
    before = to_json(world)

    async def main() -> None:
        Live(world, VirtualClock()).arrive()

    run_virtual(main)
    assert to_json(world) == before
