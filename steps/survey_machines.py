"""Preflight of the machines: each answers, is the inventory's, and can take what it will be given."""

from __future__ import annotations

import asyncio

from bootstrap.errors import Permanent, Refused, Transient
from estate.machines import Machine, Machines, State
from inventory.model import Node
from steps.disks import matching_disks, wanted_disk
from steps.findings import Finding
from steps.site import Site


async def survey_machines(site: Site) -> list[Finding]:
    """One look at every node of the plan. Raises nothing for a node that does not answer."""
    machines = await site.machines()
    found = await asyncio.gather(*(_look(site, machines, node) for node in site.nodes))
    return [finding for findings in found for finding in findings]


async def _look(site: Site, machines: Machines, node: Node) -> list[Finding]:
    try:
        machine = await machines.look(node)
    except Transient as error:
        return [Finding.wait(node.name, error.sentence)]
    except Permanent as error:
        refused = isinstance(error, Refused)
        return [Finding.problem(node.name, error.sentence, error.next_action, refused=refused)]
    return judge_machine(node, machine, site.cluster.talos.version)


def judge_machine(node: Node, machine: Machine, wanted_version: str) -> list[Finding]:
    """What stands against using this machine as this node. Pure."""
    where = f"{node.name} ({node.address})"
    if machine.state is State.ABSENT:
        return [Finding.wait(node.name, f"{where} does not answer: power it on, or go --without {node.name}")]
    if machine.state is State.FOREIGN:
        return [Finding.problem(node.name, *foreign(node), refused=True)]
    if machine.state is not State.MAINTENANCE:
        return [Finding.note(node.name, f"{where} is ours and {machine.state}")]
    return _maintenance(node, machine, wanted_version) or [Finding.note(node.name, f"{where} is in maintenance mode")]


def foreign(node: Node) -> tuple[str, str]:
    """Sentence and next action for a machine whose API trusts another CA than the vault's."""
    return (
        f"{node.name} ({node.address}) belongs to another cluster, or its PKI is not the vault's",
        "see what stands at that address; if it is to be taken over, reset it by hand first",
    )


def wrong_mac(node: Node, machine: Machine) -> str:
    """A sentence when a machine in maintenance mode is not the inventory's, else ""."""
    if node.mac in (mac.lower() for mac in machine.macs):
        return ""
    return f"{node.name} ({node.address}) has MAC {', '.join(machine.macs) or 'unknown'}; the inventory says {node.mac}"


def _maintenance(node: Node, machine: Machine, wanted_version: str) -> list[Finding]:
    found: list[Finding] = []
    if sentence := wrong_mac(node, machine):
        found.append(
            Finding.problem(node.name, sentence, "correct the inventory or the DHCP reservation", refused=True)
        )
    disks = matching_disks(node, machine)
    if len(disks) != 1:
        have = ", ".join(f"{d.path} ({d.model} {d.serial})" for d in machine.disks) or "none"
        found.append(
            Finding.problem(
                node.name,
                f"{node.name}: {len(disks)} disks match the install disk {wanted_disk(node)}; it has {have}",
                "name exactly one disk in the inventory",
            )
        )
    if _minor(machine.talos_version) < _minor(wanted_version):
        found.append(
            Finding.problem(
                node.name,
                f"{node.name} booted Talos {machine.talos_version}, older than the config's {wanted_version}",
                "boot the installer image of that version: an older one does not know all of the config",
            )
        )
    return found


def _minor(version: str) -> tuple[int, ...]:
    parts = version.lstrip("v").split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit()) or (10**6,)
