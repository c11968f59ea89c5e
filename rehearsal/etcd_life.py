"""etcd in the simulated world: begun on one control plane, joined by the others, first as learners."""

from __future__ import annotations

from typing import Any

from rehearsal.api_life import refresh_api
from rehearsal.machine_record import MachineRecord
from rehearsal.quorum import healthy
from rehearsal.world import World


def runtime_up(world: World, machine: MachineRecord) -> None:
    """A control plane can run etcd now: it starts on the data that it holds, or joins what others run."""
    if machine.etcd:
        delay = world.latency(f"etcd-restart/{machine.name}", 3, 8)
        world.schedule(delay, "etcd_started", machine.name, machine.life)
    elif any(other.etcd_running for other in world.machines.values()):
        _join_later(world, machine)


def bootstrap_accepted(world: World, machine: MachineRecord) -> None:
    """The call was accepted; a moment later the data directory is not empty any more."""
    if _forgotten(world, machine):
        world.schedule(1.0, "machine_silent", machine.name, machine.life, False)
    elif not machine.bootstrap_pending:
        machine.bootstrap_pending = True
        world.schedule(world.latency(f"etcd/{machine.name}", 2, 8), "etcd_begun", machine.name, machine.life)


def _forgotten(world: World, machine: MachineRecord) -> bool:
    """Whether a fault lets the machine reboot over this call (siderolabs/talos#13924)."""
    number = world.calls.get(f"bootstrap:{machine.name}", 0)
    return any(
        fault["kind"] == "bootstrap-forgotten" and fault["where"] in ("", machine.name) and fault["nth"] == number
        for fault in world.faults
    )


def etcd_begun(world: World, name: str, life: int) -> None:
    """A new cluster of one member: a generation begins."""
    machine = world.machines[name]
    if machine.life != life or machine.etcd:
        return
    world.generation += 1
    machine.etcd = f"{world.seed & 0xFFFF:04x}{world.generation:012x}"
    world.etcds[machine.etcd] = {"members": {name: _member(world, machine, learner=False)}}
    _up(world, machine)
    for other in world.machines.values():
        if other.control_plane and other.runtime and not other.etcd:
            _join_later(world, other)


def etcd_join(world: World, name: str, life: int) -> None:
    """One learner at a time, as etcd allows; then it is promoted."""
    machine = world.machines[name]
    target = next((other.etcd for other in world.machines.values() if other.etcd_running), "")
    if machine.life != life or machine.etcd:
        return
    members = world.etcds[target]["members"] if target else {}
    if not target or any(member["learner"] for member in members.values()) or not healthy(world, target):
        world.schedule(2.0, "etcd_join", name, life)
        return
    members[name] = _member(world, machine, learner=True)
    machine.etcd, machine.etcd_running = target, True
    _changed(world, target)
    world.schedule(world.latency(f"promote/{name}", 3, 9), "etcd_promoted", name, life)


def etcd_promoted(world: World, name: str, life: int) -> None:
    machine = world.machines[name]
    if machine.life != life:
        return
    world.etcds[machine.etcd]["members"][name]["learner"] = False
    _up(world, machine)


def etcd_started(world: World, name: str, life: int) -> None:
    """It starts again on data that it holds; a learner whose promotion was cut off is promoted now."""
    machine = world.machines[name]
    if machine.life != life:
        return
    member = world.etcds[machine.etcd]["members"].get(name)
    if member is not None:
        member["learner"] = False
        _up(world, machine)


def _member(world: World, machine: MachineRecord, *, learner: bool) -> dict[str, Any]:
    world.serial += 1
    return {"id": f"{world.serial:016x}", "address": machine.address, "learner": learner}


def _join_later(world: World, machine: MachineRecord) -> None:
    world.schedule(world.latency(f"join/{machine.name}", 2, 8), "etcd_join", machine.name, machine.life)


def _up(world: World, machine: MachineRecord) -> None:
    machine.etcd_running = True
    if machine.phase == "booting":
        machine.phase = "running"
    _changed(world, machine.etcd)
    refresh_api(world)
    world.schedule(world.latency(f"api/{machine.name}", 8, 20), "api_server_up", machine.name, machine.life)


def _changed(world: World, cluster_id: str) -> None:
    for name in world.etcds[cluster_id]["members"]:
        world.changed[f"machine:{name}"] = None
