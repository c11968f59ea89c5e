"""All Talos machines of one cluster's lab, each at its own address, and what can befall them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

from inventory.model import Cluster, Node
from lab.machine_config import MachineConfig, Pki
from lab.place import LabPlace
from lab.ports import ControlPlanes, Kubelets
from lab.talos import pki
from lab.talos.api import TalosApi, compiled
from lab.talos.delays import Delays
from lab.talos.facts import Stage
from lab.talos.foreign import foreign_config
from lab.talos.front import Front
from lab.talos.hardware import disks
from lab.talos.machine import Machine, Surroundings
from lab.talos.machine_disk import TALOS, MachineDisk, read
from lab.talos.tls_server import TlsServer

PORT = 50000


def own_address(node: Node) -> str:
    """Production's: where the lab has a network of its own."""
    return str(node.address)


class TalosMachines:
    """The machines, from the inventory. What they hold is below place.machines and outlives `stop`.

    material: the talos module, or as much of it as `api`. stubs: where its compiled form is kept, for all labs.
    Raises lab.talos.api.BadMaterial from start.
    """

    def __init__(
        self,
        cluster: Cluster,
        place: LabPlace,
        control_planes: ControlPlanes,
        kubelets: Kubelets,
        material: Path,
        stubs: Path,
        delays: Delays | None = None,
        port: int = PORT,
        address_of: Callable[[Node], str] = own_address,
    ) -> None:
        self._cluster, self._material, self._stubs = cluster, material, stubs
        self._api: TalosApi | None = None
        self._servers: dict[str, TlsServer] = {}
        around = Surroundings(control_planes, kubelets, self._show, self._issuer)
        self.machines = {
            node.name: Machine(
                node,
                address_of(node),
                port,
                read(place.machines / node.name, node.mac, cluster.talos.version),
                around,
                delays or Delays(),
            )
            for node in cluster.nodes
        }
        """By node name."""

    async def start(self) -> None:
        """Switch on the machines that were on; their ports answer soon after."""
        self._api = compiled(self._material / "api", self._stubs)
        for machine in self.machines.values():
            if machine.disk.powered:
                machine.power_on()

    async def stop(self) -> None:
        """All machines end, and those that were on will be on again."""
        await asyncio.gather(*(machine.halt() for machine in self.machines.values()))

    # What can befall a machine. KeyError for a name that the inventory does not have.

    async def power_off(self, name: str) -> None:
        await self.machines[name].power_off()

    async def power_on(self, name: str) -> None:
        if self.machines[name].stage is Stage.OFF:
            self.machines[name].power_on()

    async def replace_mac(self, name: str, mac: str) -> None:
        """The machine at this address is another one, or has another board."""
        self._write(name, mac=mac)

    async def put_data(self, name: str, disk: str, kind: str) -> None:
        """disk: device path. kind: "ceph", "ext4", ...; "" empties it. Raises ValueError for a disk that it has not."""
        machine = self.machines[name]
        paths = [found.path for found in machine.disks]
        if disk not in paths:
            raise ValueError(f"{name} has no disk {disk}: it has {', '.join(paths)}")
        machine.disk.content.pop(disk, None)
        if kind:
            machine.disk.content[disk] = kind
        machine.disk.write()
        machine.ring()

    async def lose_time_sync(self, name: str) -> None:
        """Its time servers do not answer any more, until `restore_time_sync`."""
        self.machines[name].set_time_lost(True)

    async def restore_time_sync(self, name: str) -> None:
        self.machines[name].set_time_lost(False)

    async def make_foreign(self, name: str) -> None:
        """It runs, configured by someone else: neither our credentials nor the insecure port get in."""
        machine = self.machines[name]
        await machine.power_off()
        machine.disk.content[disks(machine.node)[0].path] = TALOS
        machine.disk.config = foreign_config(machine.node, machine.address, machine.disk.talos_version)
        machine.disk.staged, machine.disk.foreign = "", True
        machine.power_on()

    async def switch_off(self) -> None:
        """All of them, and what they held is lost: each is as it was delivered, and off, until `switch_on`."""
        await self.stop()
        for machine in self.machines.values():
            version, folder = self._cluster.talos.version, machine.disk.folder
            machine.disk = MachineDisk(folder, machine.node.mac, version, powered=False)
            machine.disk.write()
            machine.config, machine.snapshot, machine.time_lost = None, None, False

    async def switch_on(self) -> None:
        """Returns when all answer in maintenance mode, if they are as they were delivered."""
        for machine in self.machines.values():
            machine.power_on()
        for machine in self.machines.values():
            while not machine.answers:  # rung whenever its stage changes
                await machine.change(0.05)

    def _write(self, name: str, **values: str) -> None:
        machine = self.machines[name]
        for key, value in values.items():
            setattr(machine.disk, key, value)
        machine.disk.write()
        machine.ring()

    # What a machine's surroundings do for it.

    def _issuer(self, config: MachineConfig) -> Pki | None:
        """The machine's own CA, or on a worker that of a control plane that is up: there trustd signs for its token."""
        if config.machine_ca.key:
            return config.machine_ca
        for machine in self.machines.values():
            found = machine.config
            if machine.configured and found is not None and found.control_plane and _trusts(found, config):
                return found.machine_ca
        return None

    async def _show(self, machine: Machine, mode: str, ca: Pki | None) -> None:
        await self._hide(machine)
        if mode == "closed":
            return
        assert self._api is not None
        server = TlsServer([Front(self._api, machine, self.machines, secure=ca is not None)], _tls(machine, ca))
        await server.start(machine.address, machine.port)
        self._servers[machine.name] = server
        machine.answers = True

    async def _hide(self, machine: Machine) -> None:
        machine.answers = False
        server = self._servers.pop(machine.name, None)
        if server is not None:
            server.close()
            await server.wait_closed()


def _trusts(issuer: MachineConfig, config: MachineConfig) -> bool:
    return issuer.machine_token == config.machine_token and (
        pki.fingerprint(issuer.machine_ca.crt) == pki.fingerprint(config.machine_ca.crt)
    )


def _tls(machine: Machine, ca: Pki | None) -> ssl.SSLContext:
    config = machine.config
    if ca is None or config is None:
        return pki.maintenance_context(machine.disk.folder, (machine.address,))
    names = (machine.address, "127.0.0.1", machine.hostname, *config.cert_sans, config.vip)
    return pki.secure_context(machine.disk.folder, ca, machine.hostname, names)
