"""Machines of the lab at loopback addresses, and the talosctl edge that is to work with them."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import yaml

from bootstrap.secret import Secret
from edges.command import Ran
from edges.shell import Shell
from edges.talos_machines import TalosMachines
from edges.talosctl import TalosCtl
from estate.machines import Machine, State
from inventory.model import Node
from lab.place import LabPlace
from lab.talos.delays import AT_ONCE
from lab.talos.machines import TalosMachines as LabMachines
from tests.edges.tools import program
from tests.lab.talos.stand_ins import FakeControlPlanes, FakeKubelets
from tests.lab.talos.tools import material, require, stubs
from tests.trees.reading import inventory

_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Bench:
    """pki: folder of what `talosctl gen config` made. ran: the run's log of commands."""

    lab: LabMachines
    control_planes: FakeControlPlanes
    nodes: dict[str, Node]
    pki: Path
    shell: Shell
    talos: TalosCtl
    machines: TalosMachines
    ran: list[Ran]

    def config(self, name: str, **machine: object) -> Secret:
        """The machine config of a node, with some fields of its `machine` section set."""
        node = self.nodes[name]
        kind = "controlplane" if node.role == "control-plane" else "worker"
        document = yaml.safe_load((self.pki / f"{kind}.yaml").read_text())
        document["machine"] |= {
            "network": {"hostname": name, "interfaces": [{"addresses": [f"{node.address}/16"]}]},
            "install": {
                "diskSelector": {"serial": node.install_disk.serial},
                "image": document["machine"]["install"]["image"],
            },
            **machine,
        }
        return Secret(yaml.safe_dump(document))

    async def look_until(self, name: str, true: Callable[[Machine], object]) -> Machine:
        """Look at a machine until it is as wanted."""
        machine = Machine(State.ABSENT)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not true(machine := await self.machines.look(self.nodes[name])):  # noqa: ASYNC110 - its own time
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"waited in vain; {name} is {machine}") from None
        return machine

    async def configure(self, *names: str) -> None:
        """Apply each machine's config in maintenance mode, and wait until its runtime is up."""
        for name in names:
            await self.look_until(name, lambda machine: machine.state is State.MAINTENANCE)
            await self.machines.apply(self.nodes[name], self.config(name))
        for name in names:
            await self.look_until(name, lambda machine: machine.state in (State.BOOTING, State.RUNNING))
            services = self.lab.machines[name].services
            await until(lambda services=services: services.running("kubelet"))  # type: ignore[misc]


async def until(true: Callable[[], object]) -> None:
    """Poll what another part does in its own time."""
    async with asyncio.timeout(_PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what becomes true is another program's
            await asyncio.sleep(0.05)


def generated_pki(folder: Path) -> Path:
    """talosctl's own secrets, machine configs and talosconfig of a cluster."""
    argv = ("gen", "config", "main", "https://main.k8s.internal:6443", "-o", str(folder), "--with-examples=false")
    subprocess.run((program("talosctl"), *argv, "--with-docs=false"), check=True, capture_output=True, timeout=60)
    return folder


def played(folder: Path, pki: Path, names: tuple[str, ...], scenario: Callable[[Bench], Awaitable[None]]) -> None:
    """Run a scenario against fresh machines of the main cluster, all of them in maintenance mode."""
    require()
    network = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}"
    cluster = inventory("main")
    nodes = tuple(_moved(node, network) for node in cluster.nodes if node.name in names)
    here = cluster.model_copy(update={"nodes": nodes})

    async def play() -> None:
        ran: list[Ran] = []
        control_planes = FakeControlPlanes(folder)
        lab = LabMachines(here, LabPlace(folder / "lab"), control_planes, FakeKubelets(), material(), stubs(), AT_ONCE)
        shell = Shell(folder / "state", log=ran.append)
        talos = TalosCtl(shell, program=program("talosctl"))
        machines = await talos.connect(Secret((pki / "talosconfig").read_text()))
        await lab.start()
        try:
            by_name = {node.name: node for node in nodes}
            await scenario(Bench(lab, control_planes, by_name, pki, shell, talos, machines, ran))
        finally:
            await lab.stop()
            machines.close()

    asyncio.run(play())


def _moved(node: Node, network: str) -> Node:
    return node.model_copy(update={"address": IPv4Address(f"{network}.{str(node.address).rpartition('.')[2]}")})


def at(bench: Bench, name: str, address: str) -> Node:
    """The same node at another address."""
    return bench.nodes[name].model_copy(update={"address": IPv4Address(address)})
