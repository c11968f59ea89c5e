"""What a machine of the inventory is made of: its network interface and its disks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inventory.model import Node

_UNITS = {"GB": 10**9, "TB": 10**12}
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class DiskHardware:
    """id: the kernel's name of the device. size: in bytes. transport: "nvme" or "virtio"."""

    id: str
    path: str
    size: int
    model: str
    serial: str
    transport: str


def interface_name(node: Node) -> str:
    """The kernel's name of the wired interface: of a NUC's board, or of a virtual machine's."""
    return "eth0" if node.vm is not None else "enp86s0"


def disks(node: Node) -> tuple[DiskHardware, ...]:
    """The disk that the inventory means for Talos, and on bare metal one more for data."""
    wanted = node.install_disk
    identity = node.mac.replace(":", "").upper()
    path = wanted.path or "/dev/nvme0n1"
    model = wanted.model or ("QEMU HARDDISK" if node.vm is not None else "Samsung SSD 980 500GB")
    install = _disk(path, model, wanted.serial or f"SER{identity}")
    if node.vm is not None:
        return (install,)
    other = "/dev/nvme1n1" if path != "/dev/nvme1n1" else "/dev/nvme2n1"
    return (install, _disk(other, "WD Red SN700 1000GB", f"WD{identity}"))


def _disk(path: str, model: str, serial: str) -> DiskHardware:
    name = path.rpartition("/")[2]
    return DiskHardware(name, path, _size(model), model, serial, "nvme" if name.startswith("nvme") else "virtio")


def _size(model: str) -> int:
    """The size that a model's name promises, in whole sectors; 64 GB where it promises none."""
    found = re.search(r"(\d+)\s*(GB|TB)", model)
    size = int(found[1]) * _UNITS[found[2]] if found else 64 * 10**9
    return size // _SECTOR * _SECTOR


def partition_path(disk: str, index: int) -> str:
    """The device of a partition: nvme0n1p1, sda1."""
    return f"{disk}p{index}" if disk[-1].isdigit() else f"{disk}{index}"
