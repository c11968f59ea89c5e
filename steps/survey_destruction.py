"""What this run would destroy, found before the first effect, so that it is asked for on one screen (rule 7)."""

from __future__ import annotations

import asyncio

from bootstrap.errors import Transient
from bootstrap.memory import Memory
from estate.machines import State
from estate.workstation import Destruction
from steps.disks import overwritten
from steps.etcd_pin import ETCD_NODE, lost_pin, replacement_key
from steps.site import Site


async def destructions(site: Site, memory: Memory) -> tuple[Destruction, ...]:
    """Data on install disks of machines in maintenance mode, and the replacement of a pinned etcd node that is gone."""
    machines = await site.machines()
    looks = await asyncio.gather(*(machines.look(node) for node in site.nodes))
    items = [
        item
        for node, machine in zip(site.nodes, looks, strict=True)
        # what an installation under way has written so far is its own
        if machine.state is State.MAINTENANCE
        and machine.stage != "installing"
        and (item := overwritten(node, machine)) is not None
    ]
    if lost_pin(site, memory) and not await _etcd_seen(site):
        gone = memory.pins[ETCD_NODE]
        sentence = (
            f"etcd was begun on {gone}, which is gone: beginning it elsewhere gives up what {gone} may still hold"
        )
        items.append(Destruction(replacement_key(gone), sentence))
    return tuple(items)


async def _etcd_seen(site: Site) -> bool:
    machines = await site.machines()
    for node in site.control_planes:
        if (await machines.look(node)).holds_etcd:
            return True
        try:
            if (await machines.etcd(node)).members:
                return True
        except Transient:
            continue
    return False
