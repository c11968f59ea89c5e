"""etcd_bootstrapped: etcd is begun on exactly one control plane, and all of the plan's join it (rule 1)."""

from __future__ import annotations

import asyncio

from bootstrap.errors import Permanent, Transient
from bootstrap.gate import Gate
from bootstrap.retry import Retry
from bootstrap.step import Attempt, Step
from bootstrap.verdict import NotYet, Verdict
from estate.machines import Etcd, State
from inventory.model import Node
from steps.etcd_members import Views, judge
from steps.etcd_pin import ETCD_NODE, chosen_node
from steps.site import Site


def etcd_bootstrapped(site: Site, needs: tuple[str, ...]) -> Step:
    """Done when the members equal the plan's control planes on every one of them, and none is a learner."""
    return Step(
        name="etcd_bootstrapped",
        summary="etcd runs on every control plane, begun on one of them and joined by the others.",
        needs=needs,
        gate=Gate(
            "etcd members equal the plan's control planes, none a learner",
            lambda _: observe_etcd(site),
            changes=lambda: site.machine_changes(*site.control_planes),
            stability_s=30.0,
        ),
        act=lambda attempt: _bootstrap(site, attempt),
        # an accepted call can be lost to a reboot (siderolabs/talos#13924): only after this long is it sent again,
        # and then to the same node
        retry=Retry(attempts=12, settle_s=60.0),
        deadline_s=900.0,
        expected_s=90.0,
        guarded=True,
    )


async def observe_etcd(site: Site) -> Verdict:
    """etcd's members against the plan's control planes, as every one of them tells it."""
    views = await _ask_all(site)
    expected = {node.name: str(node.address) for node in site.control_planes}
    return judge(views, expected, frozenset(site.absent)) or await _judge_data(site, views)


async def _judge_data(site: Site, views: Views) -> Verdict:
    machines = await site.machines()
    looks = await asyncio.gather(*(machines.look(node) for node in site.control_planes))
    holding = [node.name for node, machine in zip(site.control_planes, looks, strict=True) if machine.holds_etcd]
    if holding:
        return NotYet(f"{', '.join(holding)} holds etcd data, but shows no member yet", underway=True)
    absent = {node.name for node, m in zip(site.control_planes, looks, strict=True) if m.state is State.ABSENT}
    silent = [name for name, view in views.items() if view is None or name in absent]
    if silent:
        # what does not answer may hold the cluster: etcd is not begun beside it
        return NotYet(f"{', '.join(silent)} cannot be asked about etcd yet", underway=True)
    return NotYet("no control plane has etcd members")


async def _ask_all(site: Site) -> Views:
    machines = await site.machines()

    async def ask(node: Node) -> Etcd | None:
        try:
            return await machines.etcd(node)
        except Transient:
            return None

    answers = await asyncio.gather(*(ask(node) for node in site.control_planes))
    return {node.name: answer for node, answer in zip(site.control_planes, answers, strict=True)}


async def _bootstrap(site: Site, attempt: Attempt) -> str:
    chosen = chosen_node(site, attempt.memory)
    await _refuse_beside_others(site, chosen)
    if attempt.memory.pins.get(ETCD_NODE) != chosen:
        attempt.pin(ETCD_NODE, chosen)
    await (await site.machines()).bootstrap_etcd(site.node(chosen))
    return f"asked {chosen} to begin etcd"


async def _refuse_beside_others(site: Site, chosen: str) -> None:
    views = await _ask_all(site)
    holders = [name for name, view in views.items() if view is not None and view.members]
    if holders:
        raise Transient(f"{', '.join(holders)} already shows etcd members: {chosen} is not asked")
    silent = [name for name, view in views.items() if view is None]
    if silent:
        raise Transient(f"{', '.join(silent)} cannot be asked about etcd: {chosen} is not asked to begin it")
    machines = await site.machines()
    # the absent ones too: one that was taken for dead and answers may hold the cluster
    for node in site.cluster.control_planes:
        if node.name != chosen and (await machines.look(node)).holds_etcd:
            raise Permanent(
                f"{node.name} holds etcd data, and etcd was to begin on {chosen}",
                f"see what {node.name} holds: bring its etcd back, or reset it, before the next run",
            )
