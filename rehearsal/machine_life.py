"""What machines do by themselves: install, reboot, boot, run, die and come back. Transitions of the world."""

from __future__ import annotations

from rehearsal import etcd_life
from rehearsal.api_life import kubelet_up, refresh_api
from rehearsal.machine_record import ANSWERS_OURS, MachineRecord
from rehearsal.world import World


def say(world: World, machine: MachineRecord) -> None:
    """Tell watchers that a machine changed."""
    world.changed[f"machine:{machine.name}"] = None


def begin_install(world: World, machine: MachineRecord) -> None:
    """A config was accepted in maintenance mode. For some seconds the insecure port still answers (failure 10)."""
    machine.phase = "installing"
    say(world, machine)
    delay = world.latency(f"install/{machine.name}", 3, 8)
    world.schedule(delay, "machine_silent", machine.name, machine.life, True)


def machine_silent(world: World, name: str, life: int, installed: bool) -> None:
    """It writes to its disk and reboots; nothing answers."""
    machine = world.machines[name]
    if machine.life != life:
        return
    machine.phase = "rebooting"
    if installed:
        machine.disks[0]["content"] = "talos"
    _stop_services(world, machine)
    world.schedule(world.latency(f"reboot/{name}", 50, 110), "machine_booting", name, machine.life)


def machine_booting(world: World, name: str, life: int) -> None:
    """The secure API answers; time, runtime and kubelet follow one by one. A worker's waits for its certificate, which
    trustd of a control plane signs (siderolabs/talos, internal/app/machined/pkg/controllers/secrets/api.go).
    """
    machine = world.machines[name]
    if machine.life != life:
        return
    machine.awaits_issuer = not machine.control_plane and not _issuers(world, machine)
    if machine.awaits_issuer:
        machine.phase = "rebooting"
        return
    machine.phase, machine.time_synced = "booting", False
    if machine.control_plane:
        _let_workers_in(world)
    say(world, machine)
    world.schedule(world.latency(f"time/{name}", 2, 8), "machine_time", name, life)


def _issuers(world: World, worker: MachineRecord) -> bool:
    return any(
        other.control_plane and other.phase in ANSWERS_OURS and other.talos_ca == worker.talos_ca
        for other in world.machines.values()
    )


def _let_workers_in(world: World) -> None:
    for machine in world.machines.values():
        if machine.awaits_issuer and machine.phase == "rebooting":
            world.schedule(
                world.latency(f"certificate/{machine.name}", 1, 3), "machine_booting", machine.name, machine.life
            )


def machine_time(world: World, name: str, life: int) -> None:
    machine = world.machines[name]
    if machine.life != life:
        return
    machine.time_synced = True
    say(world, machine)
    world.schedule(world.latency(f"runtime/{name}", 1, 6), "machine_runtime", name, life)


def machine_runtime(world: World, name: str, life: int) -> None:
    """containerd runs: from here on the node can take the bootstrap call, or join an etcd that runs."""
    machine = world.machines[name]
    if machine.life != life:
        return
    machine.runtime = True
    say(world, machine)
    if machine.control_plane:
        etcd_life.runtime_up(world, machine)
    else:
        running(world, machine)
    kubelet_up(world, machine)


def running(world: World, machine: MachineRecord) -> None:
    """Talos calls a control plane running only when its etcd runs: until then it boots."""
    if machine.phase == "booting":
        machine.phase = "running"
        say(world, machine)


def machine_off(world: World, name: str, for_s: float | None) -> None:
    """Power is lost. for_s: seconds until it comes back, None: never."""
    machine = world.machines[name]
    resume = "machine_booting" if machine.configured and machine.phase != "installing" else "machine_maintenance"
    machine.life += 1
    machine.phase = "off"
    _stop_services(world, machine)
    if for_s is not None:
        world.schedule(for_s, resume, name, machine.life)


def machine_maintenance(world: World, name: str, life: int) -> None:
    """It booted the installer image again: nothing was installed."""
    machine = world.machines[name]
    if machine.life != life:
        return
    machine.phase, machine.kind, machine.digest, machine.config = "maintenance", "", "", ""
    say(world, machine)


def _stop_services(world: World, machine: MachineRecord) -> None:
    machine.runtime = machine.etcd_running = machine.serves_api = machine.bootstrap_pending = False
    if machine.node_ready:
        world.schedule(40.0, "node_lost", machine.name, machine.life)
    refresh_api(world)
    say(world, machine)


def unmet(machine: MachineRecord) -> tuple[str, ...]:
    """MachineStatus' unmet conditions."""
    found = []
    if not machine.time_synced:
        found.append("time")
    if not machine.runtime:
        found.append("kubelet")
    if machine.control_plane and not machine.etcd_running:
        found.append("etcd")
    if machine.control_plane and not machine.serves_api:
        found.append("staticPods")
    if not machine.node_ready:
        found.append("nodeReady")
    return tuple(found)
