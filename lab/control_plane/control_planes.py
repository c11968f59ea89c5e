"""The control planes of a lab: what its machines drive (lab.ports.ControlPlanes), and what its faults hit."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from lab.control_plane import membership
from lab.control_plane.disk import disk_of
from lab.control_plane.files import admin_kubeconfig
from lab.control_plane.machine import Machine
from lab.control_plane.vip import Address, Vip
from lab.control_plane.where import API_PORT, SERVICE_PORT, service_address
from lab.machine_config import MachineConfig
from lab.place import LabPlace
from lab.ports import DataExists, EtcdMember, EtcdStatus, StaticPod
from lab.program import Programs


class RealControlPlanes:
    """Implements lab.ports.ControlPlanes, inside the private internet. Raises LookupError for a machine that is off.

    program: path of etcd, etcdutl, kube-apiserver, kube-controller-manager and kube-scheduler, by name.
    """

    def __init__(self, place: LabPlace, programs: Programs, program: Callable[[str], Path]) -> None:
        self._place, self._programs, self._program = place, programs, program
        self._machines: dict[str, Machine] = {}
        self._joining, self._beginning = asyncio.Lock(), asyncio.Lock()
        self._vip: Vip | None = None

    async def __aenter__(self) -> RealControlPlanes:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """All machines go off, the VIP with them."""
        await asyncio.gather(*(self.stop(name) for name in list(self._machines)))
        if self._vip is not None:
            await self._vip.stop()

    async def boot(self, config: MachineConfig) -> None:
        await self.stop(config.hostname)
        self._vip = self._vip or Vip(*_addresses(config))
        disk = disk_of(self._place, config.hostname)
        machine = Machine(config, disk, self._programs, self._program, self._follow)
        self._machines[config.hostname] = machine
        others = self._others(machine)
        if disk.etcd_begun:
            machine.go_on(membership.resumed(machine, others))
        else:
            machine.go_on(membership.joined(machine, others, self._joining))

    async def begin(self, name: str, snapshot: Path | None = None, skip_hash_check: bool = False) -> None:
        """skip_hash_check: for a copy of etcd's database file, which has no hash. Raises ValueError for a snapshot that
        cannot be restored."""
        machine = self._machine(name)
        async with self._beginning:
            if machine.disk.etcd_begun:
                raise DataExists(f"{name} holds etcd data: it is not begun a second time")
            await machine.idle()
            await machine.empty_etcd()
            if snapshot is not None:
                await membership.restored(machine, self._program("etcdutl"), snapshot, skip_hash_check)
            await membership.begin(machine)
            machine.go_on(membership.begun(machine))

    async def stop(self, name: str) -> None:
        machine = self._machines.pop(name, None)
        if machine is not None:
            await self._follow()
            await machine.off()

    async def wipe(self, name: str) -> None:
        await self.stop(name)
        disk_of(self._place, name).wipe()

    async def lose_all(self) -> None:
        """Every machine's part is gone at once, its data with it: nothing ends in order."""
        machines, self._machines = list(self._machines.values()), {}
        await self._follow()
        await asyncio.gather(*(machine.crash() for machine in machines))
        for machine in machines:
            machine.disk.wipe()

    def etcd_begun(self, name: str) -> bool:
        return disk_of(self._place, name).etcd_begun

    async def etcd_healthy(self, name: str) -> bool:
        return name in self._machines and await self._machines[name].etcd.healthy()

    async def members(self, name: str) -> tuple[EtcdMember, ...]:
        return await self._machine(name).etcd.members()

    async def status(self, name: str) -> EtcdStatus:
        return await self._machine(name).etcd.status()

    async def snapshot(self, name: str) -> Path:
        machine = self._machine(name)
        folder = self._place.data / "etcd-snapshots"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(prefix=f"{name}-", suffix=".db", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                async for piece in machine.etcd.snapshot():
                    file.write(piece)
        except BaseException:
            os.unlink(path)
            raise
        return Path(path)

    async def remove_member(self, name: str, id: int) -> None:
        """Raises LookupError when there is no such member."""
        await self._machine(name).etcd.remove(id)

    async def leave(self, name: str) -> None:
        """Raises ConnectionError where etcd refuses, as it does to its last member."""
        machine = self._machine(name)
        await membership.left(machine, self._others(machine))
        await machine.idle()
        await machine.empty_etcd()
        await self._follow()

    def static_pods(self, name: str) -> tuple[StaticPod, ...]:
        return self._machines[name].static_pods() if name in self._machines else ()

    def kubeconfig(self, name: str) -> str:
        return admin_kubeconfig(self._machine(name).config)

    async def kill_api_server(self, name: str) -> None:
        """It comes back by itself."""
        await self._machine(name).kill_api_server()

    async def kill_etcd(self, name: str) -> None:
        """It comes back by itself."""
        await self._machine(name).kill_etcd()

    async def stop_api_server(self, name: str) -> None:
        """It stays away until `start_api_server`, or until the machine boots."""
        await self._machine(name).stop_api_server()

    async def start_api_server(self, name: str) -> None:
        await self._machine(name).start_api_server()

    @property
    def vip_owner(self) -> str:
        """Address of the machine that new connections to the cluster's API reach; "" without one."""
        return self._vip.backends[0][0] if self._vip and self._vip.backends else ""

    def _machine(self, name: str) -> Machine:
        if name not in self._machines:
            raise LookupError(f"{name} is no control plane that is on")
        return self._machines[name]

    def _others(self, machine: Machine) -> membership.Others:
        def others() -> Iterable[Machine]:
            return [other for other in self._machines.values() if other is not machine and other.disk.etcd_begun]

        return others

    async def _follow(self) -> None:
        if self._vip is not None:
            healthy = [machine.config.address for machine in self._machines.values() if machine.serving]
            await self._vip.follow([(address, API_PORT) for address in healthy])


def _addresses(config: MachineConfig) -> list[Address]:
    """Where the cluster's API is reached: at the VIP, if there is one, and at its Service."""
    vip = [(config.vip, API_PORT)] if config.vip else []
    return [*vip, (service_address(config), SERVICE_PORT)]
