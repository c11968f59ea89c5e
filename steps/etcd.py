"""etcd_bootstrapped: etcd is begun on exactly one control plane, and all of the plan's join it (rule 1)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bootstrap.errors import Permanent, Transient
from bootstrap.gate import Gate
from bootstrap.retry import Retry
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.machines import Etcd, Member, State
from inventory.model import Node
from steps.etcd_pin import ETCD_NODE, chosen_node
from steps.site import Site

Views = Mapping[str, Etcd | None]
"""Node name -> what it says of etcd; None: it did not answer."""


def etcd_bootstrapped(site: Site, needs: tuple[str, ...]) -> Step:
    """Done when the members equal the plan's control planes on every one of them, and none is a learner."""
    return Step(
        name="etcd_bootstrapped",
        summary="etcd runs on every control plane, begun on one of them and joined by the others.",
        needs=needs,
        gate=Gate(
            "etcd members equal the plan's control planes, none a learner",
            lambda _: _observe(site),
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


async def _observe(site: Site) -> Verdict:
    views = await _ask_all(site)
    expected = {node.name: str(node.address) for node in site.control_planes}
    return judge(views, expected, frozenset(site.absent)) or await _judge_data(site, views)


def judge(views: Views, expected: Mapping[str, str], absent: frozenset[str]) -> Verdict | None:
    """What the control planes' answers mean; None when none of them shows a member. Pure.

    expected: name -> address of the plan's control planes. absent: nodes that the plan goes without.
    """
    seen = {name: view for name, view in views.items() if view is not None and view.members}
    if not seen:
        return None
    ids = {view.cluster_id for view in seen.values() if view.cluster_id}
    if len(ids) > 1:
        who = ", ".join(f"{name}: {view.cluster_id}" for name, view in seen.items())
        return Never(
            f"the control planes hold different etcd clusters ({who})", "reset all but one of them", refused=True
        )
    members = next(iter(seen.values())).members
    foreign = [m for m in members if m.hostname not in expected and m.hostname not in absent]
    if foreign:
        names = ", ".join(f"{m.hostname} ({m.address})" for m in foreign)
        return Never(
            f"etcd has members that the inventory does not have: {names}",
            "take them out of etcd, or into the inventory",
        )
    return _joined(views, expected, absent)


def _joined(views: Views, expected: Mapping[str, str], absent: frozenset[str]) -> Verdict:
    complaints = [text for name in expected if (text := _complaint(name, views.get(name), expected))]
    if complaints:
        return NotYet("etcd: " + "; ".join(complaints), underway=True)
    view = next(view for name in expected if (view := views[name]) is not None)
    gone = tuple(f"etcd still counts {m.hostname} as a member" for m in view.members if m.hostname in absent)
    evidence = {"members": sorted(expected), "cluster_id": view.cluster_id, "leader": view.leader}
    return Holds(evidence, gone)


def _complaint(name: str, view: Etcd | None, expected: Mapping[str, str]) -> str:
    if view is None:
        return f"{name} does not answer"
    by_name: dict[str, Member] = {member.hostname: member for member in view.members}
    missing = [other for other in expected if other not in by_name]
    learners = [other for other in expected if other in by_name and by_name[other].learner]
    moved = [other for other, address in expected.items() if other in by_name and by_name[other].address != address]
    if missing:
        return f"{name} does not see {', '.join(missing)}"
    if learners:
        return f"{', '.join(learners)} still learns"
    if moved:
        return f"{', '.join(moved)} has another address than the inventory's"
    return "" if view.running and view.leader else f"{name} runs no healthy etcd with a leader"


async def _judge_data(site: Site, views: Views) -> Verdict:
    machines = await site.machines()
    looks = await asyncio.gather(*(machines.look(node) for node in site.control_planes))
    holding = [node.name for node, machine in zip(site.control_planes, looks, strict=True) if machine.holds_etcd]
    if holding:
        return NotYet(f"{', '.join(holding)} holds etcd data, but shows no member yet", underway=True)
    silent = [node.name for node, m in zip(site.control_planes, looks, strict=True) if m.state is State.ABSENT]
    silent += [name for name, view in views.items() if view is None and name not in silent]
    if len(silent) == len(site.control_planes):
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
    machines = await site.machines()
    for node in site.control_planes:
        if node.name != chosen and (await machines.look(node)).holds_etcd:
            raise Permanent(
                f"{node.name} holds etcd data, and etcd was to begin on {chosen}",
                f"see what {node.name} holds: bring its etcd back, or reset it, before the next run",
            )
