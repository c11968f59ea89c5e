"""One machine: what it does by itself between a power button, a config and a cluster."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from inventory.model import Node
from lab.machine_config import MachineConfig, Pki
from lab.ports import ControlPlanes, Kubelets
from lab.talos.config import parsed
from lab.talos.delays import Delays
from lab.talos.facts import NOTHING, Facts, Stage, unmet
from lab.talos.hardware import disks
from lab.talos.history import History
from lab.talos.machine_disk import TALOS, MachineDisk
from lab.talos.resource import Versions
from lab.talos.services import Services
from lab.talos.validation import chosen_disk

_POLL_S = 0.05
_Deed = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a machine is connected to.

    show: make its port answer as `mode` says ("closed", "maintenance" or "secure"); ca: with key, for "secure".
    issuer: the CA with its key that signs for this config's machine, None while nobody who has the key can be asked.
    """

    control_planes: ControlPlanes
    kubelets: Kubelets
    show: Callable[[Machine, str, Pki | None], Awaitable[None]]
    issuer: Callable[[MachineConfig], Pki | None]


class Machine:
    """A machine and its life. Everything that it does of itself happens in one task, which the next deed replaces."""

    def __init__(
        self, node: Node, address: str, port: int, disk: MachineDisk, around: Surroundings, delays: Delays
    ) -> None:
        """address, port: where its API listens; in a lab of production's addresses the address is the node's own."""
        self.node, self.address, self.port, self.disk, self.delays = node, address, port, disk, delays
        self.answers = False
        self.disks = disks(node)
        self.versions = Versions()
        self.stage = Stage.OFF
        self.config: MachineConfig | None = None
        self.services = Services()
        self.history = History()
        self.time_synced = False
        self.time_lost = False
        self.boot_id = ""
        self.booted_at = time.time()
        self.snapshot: Path | None = None
        self._around = around
        self._life: asyncio.Task[None] | None = None
        self._rollback: asyncio.Task[None] | None = None
        self._bell = asyncio.Event()
        self._facts, self._looked = NOTHING, 0.0

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def hostname(self) -> str:
        return (self.config.hostname if self.config else "") or self.name

    @property
    def control_plane(self) -> bool:
        return self.config is not None and self.config.control_plane

    @property
    def configured(self) -> bool:
        """It is (or comes) up with a config: only then is there anything but the maintenance service."""
        return self.stage in (Stage.BOOTING, Stage.RUNNING) and self.config is not None

    @property
    def ours(self) -> tuple[ControlPlanes, Kubelets] | None:
        """The cluster that it is part of; None where it belongs to someone else."""
        return None if self.disk.foreign else (self._around.control_planes, self._around.kubelets)

    async def change(self, timeout_s: float) -> None:
        """Wait until something about it changed, or for so long."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._bell.wait()
        except TimeoutError:
            return

    def become(self, stage: Stage) -> None:
        self.stage = stage
        self.history.say(f"machine is {stage}")
        self.ring()

    async def note_status(self) -> None:
        """Bring what MachineStatus says now into the history."""
        if self.stage is not Stage.OFF:
            self.history.status(self.stage, await self.unmet())

    def ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def look(self) -> Facts:
        """What it knows of etcd and Kubernetes now; not older than the delays allow."""
        if not self.configured or self.ours is None:
            return replace(NOTHING, registered=True, node_ready=True) if self.disk.foreign else NOTHING
        if time.monotonic() - self._looked >= self.delays.look:
            self._facts = await self._found(*self.ours)
            self._looked = time.monotonic()
        return self._facts

    async def _found(self, control_planes: ControlPlanes, kubelets: Kubelets) -> Facts:
        name = self.name
        facts = Facts(registered=kubelets.registered(name), node_ready=kubelets.ready(name))
        if not self.control_plane or not control_planes.etcd_begun(name):
            return facts
        healthy = await control_planes.etcd_healthy(name)
        self._note_etcd(healthy)
        member = self._facts.etcd_member
        if healthy and not member:
            member = await _member(control_planes, name)
        pods = control_planes.static_pods(name)
        return replace(facts, etcd_healthy=healthy, etcd_member=member, static_pods=pods)

    def _note_etcd(self, healthy: bool) -> None:
        if self.services.running("cri") and not self.services.running("etcd"):
            self.services.run("etcd", None)
        if healthy or self.services.healthy("etcd"):
            self.services.all["etcd"].look(healthy, "etcd does not answer")

    async def unmet(self) -> tuple[tuple[str, str], ...]:
        """(condition, reason) of MachineStatus' unmet conditions."""
        facts = await self.look()
        return unmet(self.stage, self.services, facts, self.time_synced, self.control_plane, self.hostname)

    # What is done to it.

    def power_on(self) -> None:
        self.disk.powered = True
        self.disk.write()
        self._live(partial(self._boot, 0.0))

    async def power_off(self) -> None:
        """Pull the plug: nothing of it ends in order."""
        self.disk.powered = False
        self.disk.write()
        await self.halt()

    async def halt(self) -> None:
        """Its processes and its port end; whether it comes back with the lab is not touched."""
        await self._end(self._life)
        await self._go_dark()
        self.become(Stage.OFF)

    def install(self, text: str) -> None:
        """A config was accepted in maintenance mode."""
        self._live(partial(self._install, text))

    def reboot(self, actor: str = "", sequence: str = "reboot") -> None:
        self._live(self._leaving(Stage.REBOOTING, sequence, actor, partial(self._boot, self.delays.restart)))

    def shut_down(self, actor: str) -> None:
        self._live(self._leaving(Stage.SHUTTING_DOWN, "shutdown", actor, self._switch_off))

    def upgrade(self, version: str, actor: str) -> None:
        self._live(self._leaving(Stage.UPGRADING, "upgrade", actor, partial(self._replace, version)))

    def reset(self, wipe: Callable[[Machine], Awaitable[None]], reboot: bool, actor: str) -> None:
        """wipe: what is done to its disks once all ended."""
        self._live(self._leaving(Stage.RESETTING, "reset", actor, partial(self._wiped, wipe, reboot)))

    def keep(self, text: str) -> None:
        """Take a config that needs no reboot, for good."""
        self.disk.config = text
        self.disk.write()
        self.take(text)

    def take(self, text: str) -> None:
        """Take a config that needs no reboot, until the next one."""
        if self._rollback is not None:
            self._rollback.cancel()
        self.config = parsed(text)
        self.ring()

    def roll_back_after(self, seconds: float) -> None:
        """The config that is on the disk counts again then."""
        self._rollback = asyncio.create_task(self._roll_back(seconds))

    async def _roll_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.config = parsed(self.disk.config)
        self.ring()

    def set_time_lost(self, lost: bool) -> None:
        """A boot that waits for the time goes on by itself once it is there."""
        self.time_lost = lost
        if lost or self.stage is Stage.MAINTENANCE or self.services.running("kubelet"):
            self.time_synced = not lost
        self.ring()

    # What it does by itself.

    def _live(self, deed: _Deed) -> None:
        self._life = asyncio.create_task(self._after(self._life, deed))

    async def _after(self, previous: asyncio.Task[None] | None, deed: _Deed) -> None:
        await self._end(previous)
        await deed()

    async def _end(self, task: asyncio.Task[None] | None) -> None:
        if task is not None and not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _go_dark(self) -> None:
        await self._end(self._rollback)
        await self._around.show(self, "closed", None)
        if self.ours is not None and self.config is not None:
            control_planes, kubelets = self.ours
            await kubelets.stop(self.name)
            if self.control_plane:
                await control_planes.stop(self.name)
        self.services, self.time_synced = Services(), False
        self._facts, self._looked = NOTHING, 0.0

    def _leaving(self, stage: Stage, sequence: str, actor: str, then: _Deed) -> _Deed:
        """End in order what runs, with the port open for a moment more, and go on with `then`."""

        async def leave() -> None:
            self.history.sequence(sequence, actor)
            self.history.task("stopAllServices", actor)
            self.become(stage)
            await asyncio.sleep(self.delays.leave)
            await self._go_dark()
            await then()

        return leave

    async def _boot(self, after: float) -> None:
        await asyncio.sleep(after)
        self.boot_id, self.booted_at = str(uuid.uuid4()), time.time()
        self.history = History()
        if self.disk.staged:
            self.disk.config, self.disk.staged = self.disk.staged, ""
            self.disk.write()
        if self.disk.config:
            await self._boot_configured(parsed(self.disk.config))
            return
        self.config = None
        self.services.run("machined")
        self.time_synced = not self.time_lost
        self.become(Stage.MAINTENANCE)
        await self._around.show(self, "maintenance", None)

    async def _boot_configured(self, config: MachineConfig) -> None:
        self.config = config = replace(config, address=config.address or self.address)
        self.become(Stage.BOOTING)
        self._begin_services()
        while (ca := self._around.issuer(config)) is None:  # noqa: ASYNC110 - another machine's life decides
            await asyncio.sleep(_POLL_S)
        self.services.run("apid")
        await self._around.show(self, "secure", ca)
        await asyncio.sleep(self.delays.time + self.delays.runtime)
        await self._time()
        await self._join_control_plane(config)
        self.time_synced = not self.time_lost
        if not self.services.running("cri"):
            self.services.run("cri")
        self.ring()
        await asyncio.sleep(self.delays.kubelet)
        await self._join(config)
        self.become(Stage.RUNNING)

    def _begin_services(self) -> None:
        for id in ("machined", "containerd", "udevd"):
            self.services.run(id)
        for id in ("apid", "cri", "kubelet", *(("etcd", "trustd") if self.control_plane else ())):
            self.services.wait(id, 'Waiting for service "containerd" to be "up"')

    async def _time(self) -> None:
        """etcd and the kubelet wait for the time, the container runtime does not: the bootstrap call is refused then
        because of the time (siderolabs/talos 1.11.5, Condition of system/services/{cri,etcd,kubelet}.go)."""
        if self.time_lost:
            self.services.run("cri")
            self.ring()
        while self.time_lost:  # noqa: ASYNC110 - rare, and nobody waits for the millisecond
            await asyncio.sleep(_POLL_S)

    async def _join_control_plane(self, config: MachineConfig) -> None:
        """Its part of the control plane, which on the first one waits for the bootstrap call: so before that can come.

        A machine of someone else's cluster has all that it needs.
        """
        if not self.control_plane:
            return
        self.services.run("trustd")
        if self.ours is None:
            self.services.run("etcd")
            return
        self.services.prepare("etcd")
        await self.ours[0].boot(config)

    async def _join(self, config: MachineConfig) -> None:
        """Its kubelet; a control plane is up once its etcd is."""
        self.services.run("kubelet")
        if self.ours is None:
            return
        await self.ours[1].boot(config)
        self.ring()
        while self.control_plane and not (await self.look()).etcd_healthy:  # noqa: ASYNC110 - a process decides
            await asyncio.sleep(_POLL_S)

    async def _install(self, text: str) -> None:
        self.become(Stage.INSTALLING)
        await asyncio.sleep(self.delays.leave)
        await self._go_dark()
        if self.disk.installed_on:
            self._settle(text)
            await self._boot(0.0)
            return
        await asyncio.sleep(self.delays.install)
        disk = chosen_disk(text, self.disks)
        if disk is not None:  # else the installation fails: it comes back as it was, and knows nothing of the config
            self.disk.content[disk.path] = TALOS
            self.disk.talos_version = parsed(text).talos_version or self.disk.talos_version
            self._settle(text)
        self.become(Stage.REBOOTING)
        await self._boot(self.delays.restart)

    def _settle(self, text: str) -> None:
        self.disk.config = text
        self.disk.write()

    async def _switch_off(self) -> None:
        self.disk.powered = False
        self.disk.write()
        self.become(Stage.OFF)

    async def _replace(self, version: str) -> None:
        await asyncio.sleep(self.delays.install)
        self.disk.talos_version = version
        self.disk.write()
        await self._boot(self.delays.restart)

    async def _wiped(self, wipe: Callable[[Machine], Awaitable[None]], reboot: bool) -> None:
        await wipe(self)
        self.disk.write()
        await (self._boot(self.delays.restart) if reboot else self._switch_off())


async def _member(control_planes: ControlPlanes, name: str) -> int:
    try:
        return (await control_planes.status(name)).member_id
    except ConnectionError:
        return 0
