"""machine_config_rendered, talos_config_applied: each node gets the config that Git describes, once."""

from __future__ import annotations

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.gate import Gate
from bootstrap.memory import Memory
from bootstrap.step import Attempt, Step, step_id
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.machines import Machine, State
from inventory.model import Node
from steps.disks import overwritten
from steps.site import Site
from steps.survey_machines import foreign, wrong_mac
from steps.versions import lowered, older


def machine_config_rendered(site: Site, node: Node, needs: tuple[str, ...]) -> Step:
    """Rendered strictly, merged with the node's patch, validated: before anything is applied (rule 11)."""
    return Step(
        name="machine_config_rendered",
        node=node.name,
        summary="The node's machine config is rendered from Git and the vault, and Talos finds it valid.",
        needs=needs,
        gate=Gate("the machine config is valid", lambda _: _rendered(site, node), stability_s=0.0),
        deadline_s=120.0,
        expected_s=1.0,
        guarded=True,
    )


async def _rendered(site: Site, node: Node) -> Verdict:
    # the rules of the tree itself (strict templates, images, CAs) were held when it was read
    found = await site.estate.talos.validate(await site.machine_config(node))
    if found:
        return Never(f"{node.name}: " + "; ".join(found), f"mend {site.tree.path}/talos, then run again")
    return Holds({"role": node.role})


def node_reachable(site: Site, node: Node, needs: tuple[str, ...]) -> Step:
    """The machine answers, in a state in which we may work with it."""
    return Step(
        name="node_reachable",
        node=node.name,
        summary="The machine answers at its address, in maintenance mode or as a member of this cluster.",
        needs=needs,
        gate=Gate(
            "the machine answers and is ours to configure",
            lambda _: _reachable(site, node),
            changes=lambda: site.machine_changes(node),
            stability_s=0.0,
        ),
        deadline_s=600.0,
        expected_s=1.0,
        guarded=True,
    )


async def _reachable(site: Site, node: Node) -> Verdict:
    machine = await (await site.machines()).look(node)
    if machine.state is State.ABSENT:
        return NotYet(f"{node.name} ({node.address}) does not answer", underway=True)
    if machine.state is State.FOREIGN:
        return Never(*foreign(node), refused=True)
    return Holds({"state": machine.state.value})


def talos_config_applied(site: Site, node: Node, needs: tuple[str, ...]) -> Step:
    """Applied to a machine in maintenance mode only; a running member is never changed (rule 13)."""
    return Step(
        name="talos_config_applied",
        node=node.name,
        summary="Talos is installed on the node and boots with the machine config that Git describes.",
        needs=(step_id("machine_config_rendered", node.name), step_id("node_reachable", node.name), *needs),
        gate=Gate(
            "the node boots or runs with our machine config",
            lambda _: _applied(site, node),
            changes=lambda: site.machine_changes(node),
        ),
        act=lambda attempt: _apply(site, node, attempt),
        deadline_s=1200.0,
        expected_s=120.0,
        guarded=True,
    )


async def _applied(site: Site, node: Node) -> Verdict:
    machines = await site.machines()
    machine = await machines.look(node)
    early = _unconfigured(node, machine)
    if early is not None:
        return early
    drift = await machines.difference(node, await site.machine_config(node))
    if drift and node.name in site.options.apply_drift:
        return NotYet(f"{node.name} differs from Git, and --apply-drift asks to change it")
    if drift and machine.state is State.BOOTING:
        return NotYet(
            f"{node.name} boots with a config that is not Git's: --apply-drift {node.name} would bring it there",
            underway=True,
        )
    return Holds({"state": machine.state.value, "drift": bool(drift)})


def _unconfigured(node: Node, machine: Machine) -> Verdict | None:
    if machine.state is State.FOREIGN:
        return Never(*foreign(node), refused=True)
    if machine.state is State.ABSENT:
        return NotYet(f"{node.name} ({node.address}) does not answer: it reboots, or it is off", underway=True)
    if machine.state is State.MAINTENANCE:
        installing = machine.stage == "installing"
        return NotYet(
            f"{node.name} {'installs Talos' if installing else 'is in maintenance mode'}", underway=installing
        )
    return None


async def _apply(site: Site, node: Node, attempt: Attempt) -> str:
    machines = await site.machines()
    machine = await machines.look(node)
    if machine.state is State.MAINTENANCE:
        _guard(node, machine, attempt.memory)
    elif machine.state is State.FOREIGN:
        raise Refused(*foreign(node))
    elif node.name not in site.options.apply_drift:
        raise Transient(f"{node.name} is {machine.state} now: its config is not changed")
    else:
        await _refuse_lowering(site, node, machine)
    await machines.apply(node, await site.machine_config(node))
    was = "in maintenance mode" if machine.state is State.MAINTENANCE else machine.state.value
    return f"applied the machine config to {node.name} ({node.address}), which was {was}"


async def _refuse_lowering(site: Site, node: Node, machine: Machine) -> None:
    diff = await (await site.machines()).difference(node, await site.machine_config(node))
    lower = list(lowered(diff))
    if older(site.cluster.talos.version, machine.talos_version):
        lower.append(f"Talos {machine.talos_version} -> {site.cluster.talos.version}")
    if lower:
        raise Permanent(
            f"applying Git's config to {node.name} would lower {', '.join(lower)}: a version is never lowered",
            "bring inventory and templates up to what runs",
        )


def _guard(node: Node, machine: Machine, memory: Memory) -> None:
    if sentence := wrong_mac(node, machine):
        raise Refused(sentence, "correct the inventory or the DHCP reservation")
    destroyed = overwritten(node, machine)
    if destroyed is not None and destroyed.key not in memory.consents:
        raise Refused(
            f"{destroyed.sentence}, and this run was not told that it may",
            "run the whole bootstrap: it asks for everything that it destroys before it begins",
        )
