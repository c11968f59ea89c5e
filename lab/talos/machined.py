"""MachineService on a configured machine: what it is, and what is done to it as a whole.

Source: siderolabs/talos 1.11.5, internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos import apply, wipe
from lab.talos.call import Call, unknown
from lab.talos.config import image_tag
from lab.talos.services import Service, ServiceEvent

_MEMORY_KB = 32 * 1024**2


async def version(call: Call) -> Any:
    info = {
        "tag": call.machine.disk.talos_version,
        "sha": "lab",
        "built": "",
        "go_version": "go1.24.9",
        "os": "linux",
        "arch": "amd64",
    }
    mode = "metal" if call.machine.node.vm is None else "nocloud"
    platform = {"name": mode, "mode": "metal" if mode == "metal" else "cloud"}
    return call.reply("Version", version=info, platform=platform, features={"rbac": True})


async def hostname(call: Call) -> Any:
    return call.reply("Hostname", hostname=call.machine.hostname)


async def service_list(call: Call) -> Any:
    await call.machine.look()
    services = sorted(call.machine.services.all.values(), key=lambda service: service.id)
    return call.reply("ServiceList", services=[_service(service) for service in services])


def _service(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "state": service.state,
        "events": {"events": [_event(event) for event in service.events[-10:]]},
        "health": {
            "unknown": service.healthy is None,
            "healthy": service.healthy is True,
            "last_message": service.message,
            "last_change": {"seconds": int(service.changed)},
        },
    }


def _event(event: ServiceEvent) -> dict[str, Any]:
    nanos = int(event.at % 1 * 1_000_000_000)
    return {"msg": event.message, "state": event.state, "ts": {"seconds": int(event.at), "nanos": nanos}}


async def reboot(call: Call) -> Any:
    actor = str(uuid.uuid4())
    call.machine.reboot(actor)
    return call.reply("Reboot", actor_id=actor)


async def shutdown(call: Call) -> Any:
    actor = str(uuid.uuid4())
    call.machine.shut_down(actor)
    return call.reply("Shutdown", actor_id=actor)


async def reset(call: Call) -> Any:
    actor = str(uuid.uuid4())
    wiped = wipe.asked(call)
    call.machine.reset(wiped, call.request.reboot, actor)
    return call.reply("Reset", actor_id=actor)


async def upgrade(call: Call) -> Any:
    """The installer image tells the version that runs after it."""
    image = call.request.image
    tag = image_tag(image)
    if not tag.startswith("v"):
        raise unknown(f'error validating installer image "{image}": failed to pull image: not found')
    if call.machine.control_plane and not call.request.force and not (await call.machine.look()).etcd_healthy:
        raise unknown("error validating etcd for upgrade: etcd member is not healthy")
    actor = str(uuid.uuid4())
    call.machine.upgrade(tag, actor)
    return call.reply("Upgrade", ack="Upgrade request received", actor_id=actor)


async def bootstrap(call: Call) -> Any:
    """Begin etcd here. The order of the refusals is Talos'."""
    machine = call.machine
    if not machine.services.running("cri"):
        raise GRPCError(Status.FAILED_PRECONDITION, "bootstrap is not available yet")
    if not machine.control_plane:
        raise GRPCError(Status.FAILED_PRECONDITION, "bootstrap can only be performed on a control plane node")
    if not await _in_sync(call):
        raise GRPCError(Status.FAILED_PRECONDITION, "time is not in sync yet")
    if machine.config is None or machine.config.etcd_ca is None:
        raise GRPCError(Status.INVALID_ARGUMENT, "etcd is not configured")
    await wipe.begin_etcd(call, call.request.recover_etcd)
    return call.reply("Bootstrap")


async def _in_sync(call: Call) -> bool:
    end = time.monotonic() + call.machine.delays.sync_wait
    while not call.machine.time_synced and time.monotonic() < end:
        await call.machine.change(end - time.monotonic())
    return call.machine.time_synced


async def memory(call: Call) -> Any:
    info = {"memtotal": _MEMORY_KB, "memfree": _MEMORY_KB // 2, "memavailable": _MEMORY_KB // 2}
    return call.reply("Memory", meminfo=info)


async def system_stat(call: Call) -> Any:
    return call.reply("SystemStat", boot_time=int(call.machine.booted_at))


async def load_average(call: Call) -> Any:
    return call.reply("LoadAvg", load1=0.2, load5=0.2, load15=0.2)


async def now(call: Call) -> Any:
    """Local time and the server's, which are the same while the clock is in sync."""
    if not call.machine.time_synced:
        raise unknown("error querying NTP server: i/o timeout")
    stamp = {"seconds": int(time.time())}
    answer = call.api.new("time.Time", server="time.cloudflare.com", localtime=stamp, remotetime=stamp)
    return call.api.new("time.TimeResponse", messages=[answer])


CALLS = {
    **{
        f"/machine.MachineService/{name}": answer
        for name, answer in {
            "ApplyConfiguration": apply.apply,
            "Bootstrap": bootstrap,
            "Hostname": hostname,
            "LoadAvg": load_average,
            "Memory": memory,
            "Reboot": reboot,
            "Reset": reset,
            "ServiceList": service_list,
            "Shutdown": shutdown,
            "SystemStat": system_stat,
            "Upgrade": upgrade,
            "Version": version,
        }.items()
    },
    "/time.TimeService/Time": now,
    "/time.TimeService/TimeCheck": now,
}
"""Path -> what answers it."""
