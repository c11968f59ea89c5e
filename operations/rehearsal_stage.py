"""The rehearsal as a stage: the world from its file or a bare one, virtual time flat out or scaled for a show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from inventory.problem import BadInput, Problem
from operations.operator import Operator
from operations.prepared import Prepared
from operations.prompt import answer_while_time_stands
from operations.request import Request
from operations.stage import Stage
from rehearsal.estate import estate_of
from rehearsal.virtual_time import EPOCH, VirtualClock, run_paced, run_virtual
from rehearsal.world import World
from rehearsal.world_file import WorldFile

T = TypeVar("T")

SHOW_S = 15.0
"""Real seconds that a whole bootstrap takes on a terminal when --pace does not say."""
BOOTSTRAP_S = 520.0
"""The rehearsed world's own seconds that a whole bootstrap of main takes, within a few."""
FLAT_OUT = float("inf")


def open_rehearsal(prepared: Prepared, operator: Operator, *, writing: bool, last_at: float | None) -> Stage:
    """See `operations.open_stage`. Raises BadInput for a world file that cannot be read, or a --seed that its world
    does not have.
    """
    file = WorldFile(prepared.places.world)
    if writing:
        file.open()
    try:
        world = _world(prepared, file, last_at)
        clock = VirtualClock()
        estate = estate_of(world, clock, confirm=operator.confirm, save=file.save if writing else None)
        speed = speed_of(prepared.request) if writing else FLAT_OUT
        operator.ask_by(lambda question: _answer(question, clock, speed))
    except BaseException:
        file.close()
        raise
    return Stage(estate, clock, _Play(world, speed), speed, file.close if writing else lambda: None)


class _Play:
    """Each run begins at the world's own time."""

    def __init__(self, world: World, speed: float) -> None:
        self._world, self._speed = world, speed

    def __call__(self, main: Callable[[], Coroutine[Any, Any, T]], /) -> T:
        if self._speed == FLAT_OUT:
            return run_virtual(main, start=self._world.now)
        return run_paced(main, self._speed, start=self._world.now)


def _world(prepared: Prepared, file: WorldFile, last_at: float | None) -> World:
    found = None if prepared.request.fresh else file.load()
    if found is not None:
        _refuse_another_seed(found, prepared.request.seed)
        return found
    world = World.bare(prepared.cluster, prepared.tree, prepared.request.seed or 0)
    if last_at is not None:
        world.now = max(0.0, last_at - EPOCH)  # the journal goes on, so its clock must not go back
    return world


def _refuse_another_seed(world: World, seed: int | None) -> None:
    if seed not in (None, world.seed):
        what = f"the rehearsed world that goes on was begun with seed {world.seed}, not {seed}"
        raise BadInput([Problem("--seed", what, f"{world.seed}, or no --seed", "--fresh begins anew with this one")])


async def _answer(question: str, clock: VirtualClock, speed: float) -> str:
    line, thought_s = await answer_while_time_stands(question)
    if speed != FLAT_OUT:
        clock.jump(-thought_s * speed)
    return line


def speed_of(request: Request) -> float:
    """Seconds of the world in one real second."""
    if request.pace == "max" or (not request.pace and not sys.stdout.isatty()):
        return FLAT_OUT
    return BOOTSTRAP_S / (float(request.pace) if request.pace else SHOW_S)
