"""StorageService: the disks, as older clients ask for them."""

from __future__ import annotations

from typing import Any

from lab.talos.call import Call
from lab.talos.hardware import DiskHardware


async def disks(call: Call) -> Any:
    found = [_disk(call, disk) for disk in call.machine.disks]
    return call.api.new("storage.DisksResponse", messages=[call.api.new("storage.Disks", disks=found)])


def _disk(call: Call, disk: DiskHardware) -> Any:
    return call.api.new(
        "storage.Disk",
        size=disk.size,
        model=disk.model,
        serial=disk.serial,
        device_name=disk.path,
        type="NVME" if disk.transport == "nvme" else "SSD",
        system_disk=disk.path == call.machine.disk.installed_on,
    )
