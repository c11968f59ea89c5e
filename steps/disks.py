"""Install disks: which disk of a machine the inventory means, and what installing would destroy. Pure."""

from __future__ import annotations

from estate.machines import Disk, Machine
from estate.workstation import Destruction
from inventory.model import Node


def matching_disks(node: Node, machine: Machine) -> tuple[Disk, ...]:
    """Disks that have all attributes that the inventory names."""
    wanted = node.install_disk
    return tuple(
        disk
        for disk in machine.disks
        if (wanted.path is None or disk.path == wanted.path)
        and (wanted.model is None or disk.model == wanted.model)
        and (wanted.serial is None or disk.serial == wanted.serial)
    )


def wanted_disk(node: Node) -> str:
    """The inventory's words for the disk, e.g. "model=X serial=Y"."""
    wanted = node.install_disk.model_dump(exclude_none=True)
    return " ".join(f"{key}={value}" for key, value in wanted.items())


def overwritten(node: Node, machine: Machine) -> Destruction | None:
    """What installing Talos on this machine destroys: data on its install disk, or nothing."""
    for disk in matching_disks(node, machine):
        if disk.content is not None:
            return Destruction(
                key=f"install:{node.name}:{disk.serial or disk.path}:{disk.content}",
                sentence=f"{node.name}: installing overwrites {disk.path} ({disk.model} {disk.serial}), "
                f"which holds {disk.content} data",
            )
    return None
