"""The resources that say what a machine is made of: links, addresses, disks and what is on them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from lab.talos.call import Call
from lab.talos.hardware import DiskHardware, interface_name, partition_path
from lab.talos.machine_disk import TALOS

_Rows = list[tuple[str, Any]] | list[tuple[str, Any, bytes]]
_MIB = 1024**2
_PREFIX = 16  # of the nodes' network
_PARTITIONS = (("EFI", "vfat", 100 * _MIB), ("META", "talosmeta", _MIB), ("STATE", "xfs", 100 * _MIB))
_UNITS = ("B", "kB", "MB", "GB", "TB")
_SIGNATURES = {"ceph": "bluestore"}  # go-blockdevice's names; others are called as they are


def pretty(size: int) -> str:
    """A size as Talos shows it: decimal units, two digits."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if value >= 10 else f"{value:.1f} {_UNITS[unit]}"


def _links(call: Call) -> _Rows:
    mac = call.machine.disk.mac
    up = {"operationalState": "up", "linkState": True, "port": "TwistedPair", "duplex": "Full"}
    return [
        ("lo", {**_link(1, "loopback", "00:00:00:00:00:00", 65536), "operationalState": "unknown", "linkState": True}),
        (interface_name(call.machine.node), {**_link(2, "ether", mac, 1500), "permanentAddr": mac, **up}),
    ]


def _link(index: int, kind: str, mac: str, mtu: int) -> dict[str, Any]:
    flags = "UP,LOWER_UP,LOOPBACK,RUNNING" if kind == "loopback" else "UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP"
    return {
        "index": index,
        "type": kind,
        "linkIndex": 0,
        "flags": flags,
        "hardwareAddr": mac,
        "broadcastAddr": "00:00:00:00:00:00" if kind == "loopback" else "ff:ff:ff:ff:ff:ff",
        "mtu": mtu,
        "queueDisc": "noqueue" if kind == "loopback" else "mq",
        "kind": "",
        "slaveKind": "",
    }


def _addresses(call: Call) -> _Rows:
    link = interface_name(call.machine.node)
    own = f"{call.machine.address}/{_PREFIX}"
    return [
        ("lo/127.0.0.1/8", _address("127.0.0.1/8", "lo", 1, "host")),
        (f"{link}/{own}", _address(own, link, 2, "global")),
    ]


def _address(address: str, link: str, index: int, scope: str) -> dict[str, Any]:
    return {
        "address": address,
        "linkIndex": index,
        "linkName": link,
        "family": "inet4",
        "scope": scope,
        "flags": "permanent",
        "priority": 0,
    }


def _hostname(call: Call) -> _Rows:
    return [("hostname", {"hostname": call.machine.hostname, "domainname": ""})] if call.machine.config else []


def _disks(call: Call) -> _Rows:
    return [(disk.id, _disk(disk)) for disk in call.machine.disks]


def _disk(disk: DiskHardware) -> dict[str, Any]:
    return {
        "dev_path": disk.path,
        "size": disk.size,
        "pretty_size": pretty(disk.size),
        "io_size": 512,
        "sector_size": 512,
        "readonly": False,
        "cdrom": False,
        "model": disk.model,
        "serial": disk.serial,
        "wwid": f"eui.{_digest(disk.serial)[:16]}",
        "sub_system": "/sys/class/block",
        "transport": disk.transport,
    }


def _volumes(call: Call) -> _Rows:
    content = call.machine.disk.content
    return [row for disk in call.machine.disks for row in _on_disk(disk, content.get(disk.path, ""))]


def _on_disk(disk: DiskHardware, kind: str) -> Iterator[tuple[str, Any]]:
    whole = {
        "dev_path": disk.path,
        "type": "disk",
        "device_path": f"/devices/{disk.id}",
        "size": disk.size,
        "pretty_size": pretty(disk.size),
        "sector_size": 512,
        "io_size": 512,
    }
    if kind != TALOS:
        yield disk.id, {**whole, "name": _SIGNATURES.get(kind, kind)}
        return
    yield disk.id, {**whole, "name": "gpt", "uuid": _uuid(disk.serial)}
    for index, (label, name, size) in enumerate(_partitions(disk), 1):
        yield partition_path(disk.id, index), _partition(disk, index, label, name, size)


def _partitions(disk: DiskHardware) -> tuple[tuple[str, str, int], ...]:
    return (*_PARTITIONS, ("EPHEMERAL", "xfs", _ephemeral_size(disk)))


def _ephemeral_size(disk: DiskHardware) -> int:
    return disk.size - sum(size for _, _, size in _PARTITIONS) - 2 * _MIB


def _partition(disk: DiskHardware, index: int, label: str, name: str, size: int) -> dict[str, Any]:
    identity = _uuid(f"{disk.serial}/{label}")
    return {
        "dev_path": partition_path(disk.path, index),
        "type": "partition",
        "device_path": f"/devices/{disk.id}/{partition_path(disk.id, index)}",
        "parent": disk.id,
        "parent_dev_path": disk.path,
        "size": size,
        "pretty_size": pretty(size),
        "sector_size": 512,
        "io_size": 512,
        "name": name,
        "label": label if name == "xfs" else "",
        "partition_uuid": identity,
        "partition_label": label,
        "partition_index": index,
    }


def _system_disk(call: Call) -> _Rows:
    return [
        ("system-disk", {"diskID": disk.id, "devPath": disk.path})
        for disk in call.machine.disks
        if disk.path == call.machine.disk.installed_on
    ]


def _volume_statuses(call: Call) -> _Rows:
    system = [disk for disk in call.machine.disks if disk.path == call.machine.disk.installed_on]
    return [_volume(call, disk, index, row) for disk in system for index, row in enumerate(_partitions(disk), 1)]


def _volume(call: Call, disk: DiskHardware, index: int, row: tuple[str, str, int]) -> tuple[str, Any, bytes]:
    label, name, size = row
    location = partition_path(disk.path, index)
    spec = {
        "phase": "ready",
        "type": "partition",
        "location": location,
        "partitionIndex": index,
        "parentLocation": disk.path,
        "size": size,
        "prettySize": pretty(size),
        "filesystem": name,
    }
    typed = call.api.new(
        "cosi.resource.VolumeStatusSpec",
        location=location, parent_location=disk.path, size=size, pretty_size=pretty(size),
    )  # fmt: skip
    return label, spec, typed.SerializeToString()


def _system_information(call: Call) -> _Rows:
    node = call.machine.node
    made = (
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)") if node.vm is not None else ("Intel(R) Client Systems", "NUC11TNHi5")
    )
    spec = {
        "manufacturer": made[0],
        "productName": made[1],
        "serialnumber": _digest(node.name)[:12].upper(),
        "uuid": _uuid(node.name),
        "wakeUpType": "Power Switch",
    }
    return [("systeminformation", spec)]


def node_id(name: str) -> str:
    """The identity that a machine has in discovery."""
    return _digest(f"node/{name}")[:44]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uuid(text: str) -> str:
    return str(uuid.UUID(_digest(text)[:32]))


HARDWARE: dict[str, Callable[[Call], _Rows]] = {
    "LinkStatuses.net.talos.dev": _links,
    "AddressStatuses.net.talos.dev": _addresses,
    "HostnameStatuses.net.talos.dev": _hostname,
    "Disks.block.talos.dev": _disks,
    "DiscoveredVolumes.block.talos.dev": _volumes,
    "SystemDisks.block.talos.dev": _system_disk,
    "VolumeStatuses.block.talos.dev": _volume_statuses,
    "SystemInformations.hardware.talos.dev": _system_information,
}
"""Kind -> its rows (id, spec, typed spec), from hardware and disk alone."""
