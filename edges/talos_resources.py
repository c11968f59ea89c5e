"""What `talosctl get -o json` prints, as our values. Pure. Names as in siderolabs/talos, pkg/machinery/resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from estate.machines import Disk

Resource = Mapping[str, Any]
"""One resource: {"metadata": {"id": ..., "type": ...}, "spec": {...}, "node": ...}."""

LINKS = "LinkStatuses.net.talos.dev"
DISKS = "Disks.block.talos.dev"
VOLUMES = "DiscoveredVolumes.block.talos.dev"
VERSION = "Versions.runtime.talos.dev"
HOSTNAME = "HostnameStatuses.net.talos.dev"
STATUS = "MachineStatuses.runtime.talos.dev"
SERVICES = "Services.v1alpha1.talos.dev"

_TALOS_PARTITIONS = frozenset({"META", "STATE", "EPHEMERAL"})
_TABLES = frozenset({"", "gpt", "dos", "mbr"})
_WORDS = {"bluestore": "ceph", "talosmeta": "talos"}


@dataclass(frozen=True, slots=True)
class Status:
    """MachineStatus: where the machine is, and what it still waits for."""

    stage: str = ""
    ready: bool = False
    unmet: tuple[str, ...] = ()


def resources(text: str) -> tuple[Resource, ...]:
    """The resources in one output: JSON objects one after the other. What is cut off or no object is left out."""
    return tuple(_objects(text))


def _objects(text: str) -> Iterator[Resource]:
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            found, at = decoder.raw_decode(text, at)
        except ValueError:
            return
        if isinstance(found, dict):
            yield found


def spec_of(resource: Resource) -> Mapping[str, Any]:
    """Its spec; empty when it has none."""
    found = resource.get("spec")
    return found if isinstance(found, dict) else {}


def first_text(found: Iterable[Resource], field: str) -> str:
    """A text field of the first resource that has it, else ""."""
    return next((str(value) for each in found if (value := spec_of(each).get(field))), "")


def status(found: Iterable[Resource]) -> Status:
    """The one MachineStatus."""
    spec = next((spec_of(each) for each in found), {})
    condition = spec.get("status") or {}
    unmet = tuple(str(each.get("name", "")) for each in condition.get("unmetConditions") or ())
    return Status(str(spec.get("stage", "")), bool(condition.get("ready")), unmet)


def macs(found: Iterable[Resource]) -> tuple[str, ...]:
    """Hardware addresses of physical interfaces, in lower case; a bond's member by its permanent address, too."""
    physical = [spec for each in found if (spec := spec_of(each)).get("type") == "ether" and not spec.get("kind")]
    seen = [str(spec.get(field) or "").lower() for spec in physical for field in ("hardwareAddr", "permanentAddr")]
    return tuple(dict.fromkeys(mac for mac in seen if mac.strip(":0")))


def disks(found: Iterable[Resource], volumes: Iterable[Resource]) -> tuple[Disk, ...]:
    """The disks that something could be installed on, with what stands on them. No CD drives and nothing read-only."""
    on_disks = [spec_of(volume) for volume in volumes]
    return tuple(
        Disk(
            path=str(spec.get("dev_path", "")),
            size_bytes=int(spec.get("size") or 0),
            model=str(spec.get("model") or ""),
            serial=str(spec.get("serial") or ""),
            content=_content([volume for volume in on_disks if _is_on(volume, spec)]),
        )
        for each in found
        if (spec := spec_of(each)).get("dev_path") and not spec.get("cdrom") and not spec.get("readonly")
    )


def holds_ephemeral(volumes: Iterable[Resource]) -> bool:
    """Whether a formatted EPHEMERAL partition is there: it is mounted again by the next boot, with what is in it."""
    return any(
        spec.get("partition_label") == "EPHEMERAL" and spec.get("name") not in _TABLES for spec in map(spec_of, volumes)
    )


def _is_on(volume: Mapping[str, Any], disk: Mapping[str, Any]) -> bool:
    path = disk.get("dev_path")
    return volume.get("dev_path") == path or volume.get("parent_dev_path") == path


def _content(volumes: list[Mapping[str, Any]]) -> str | None:
    """ "talos" or "ceph", else the name of any other data (as blkid names it), else "a partition" for one that holds
    nothing known. A partition table alone is no data."""
    names = [_WORDS.get(str(volume.get("name") or ""), str(volume.get("name") or "")) for volume in volumes]
    if "ceph" in names:
        return "ceph"
    if "talos" in names or any(volume.get("partition_label") in _TALOS_PARTITIONS for volume in volumes):
        return "talos"
    data = next((name for name in names if name not in _TABLES), None)
    return data or ("partitions" if any(volume.get("type") == "partition" for volume in volumes) else None)
