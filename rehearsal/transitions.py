"""Every transition of the world by its name, and the one place that makes them happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop
from typing import Any

from rehearsal import (
    api_life,
    chart_objects,
    definitions,
    etcd_life,
    fault_life,
    flux_apps,
    flux_life,
    machine_life,
    pods,
    workloads,
)
from rehearsal.world import World

_MODULES = (
    api_life,
    chart_objects,
    definitions,
    etcd_life,
    fault_life,
    flux_apps,
    flux_life,
    machine_life,
    pods,
    workloads,
)
TRANSITIONS: Mapping[str, Callable[..., None]] = {
    name: function
    for module in _MODULES
    for name, function in vars(module).items()
    if callable(function) and getattr(function, "__module__", "") == module.__name__ and not name.startswith("_")
}


def run_until(world: World, moment: float, slack: float = 0.0) -> None:
    """Let everything happen that is due by `moment` (seconds of the world), in order; then it is `moment`."""
    queue = world.queue
    while queue and queue[0][0] <= moment + slack:
        due, _, name, arguments = heappop(queue)
        world.now = max(world.now, due)
        happen(world, name, arguments)
    world.now = max(world.now, moment)


def happen(world: World, name: str, arguments: tuple[Any, ...]) -> None:
    TRANSITIONS[name](world, *arguments)
