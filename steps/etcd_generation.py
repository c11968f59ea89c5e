"""etcd_generation_opened: which life of the cluster's etcd this is, told by what the control planes hold."""

from __future__ import annotations

import asyncio

from bootstrap.gate import Gate
from bootstrap.memory import Memory
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict
from estate.machines import State
from steps.site import Site


def etcd_generation_opened(site: Site, needs: tuple[str, ...]) -> Step:
    """A new life begins when every control plane of the plan is in maintenance mode and holds no data. One that cannot
    be reached counts as configured."""
    return Step(
        name="etcd_generation_opened",
        summary="It is settled whether this etcd is a new one or the one that the journal knows.",
        needs=needs,
        gate=Gate("it is known which life of etcd this is", lambda memory: _observe(site, memory), stability_s=0.0),
        act=lambda attempt: _open(site, attempt),
        deadline_s=120.0,
        expected_s=1.0,
        guarded=True,
    )


async def _observe(site: Site, memory: Memory) -> Verdict:
    if memory.generation == 0:
        return NotYet("the journal has no life (generation) of this cluster's etcd yet")
    if memory.pins and await _all_blank(site):
        return NotYet(f"generation {memory.generation} has ended: every control plane is bare again")
    return Holds({"generation": memory.generation})


async def _open(site: Site, attempt: Attempt) -> str:
    blank = await _all_blank(site)
    why = (
        "every control plane is bare" if blank else "the journal is new, the control planes are not: taken as they are"
    )
    attempt.open_generation(why)
    return f"opened generation {attempt.memory.generation}: {why}"


async def _all_blank(site: Site) -> bool:
    machines = await site.machines()
    looks = await asyncio.gather(*(machines.look(node) for node in site.control_planes))
    return all(machine.state is State.MAINTENANCE and not machine.holds_etcd for machine in looks)
