"""A cluster's machines on loopback addresses of the test's own, and the real talosctl beside them."""

from __future__ import annotations

import asyncio
import functools
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inventory.model import Cluster, Node
from lab.place import LabPlace
from lab.talos.delays import AT_ONCE, Delays
from lab.talos.facts import Stage
from lab.talos.machines import TalosMachines
from tests.lab.talos.stand_ins import FakeControlPlanes, FakeKubelets
from tests.lab.talos.tools import material, stubs, talosctl
from tests.trees.reading import inventory

_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@functools.cache
def main_cluster() -> Cluster:
    return inventory("main")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Bench:
    """pki: folder with talosctl's generated secrets and talosconfig. names: the machines that there are."""

    folder: Path
    machines: TalosMachines
    control_planes: FakeControlPlanes
    kubelets: FakeKubelets
    pki: Path
    port: int

    def address(self, name: str) -> str:
        return self.machines.machines[name].address

    async def talosctl(self, *argv: str, node: str = "", endpoint: str = "", timeout_s: float = _PATIENCE_S) -> Ran:
        """With our credentials. node, endpoint: machine names; the endpoint is the node itself by default."""
        via = self.address(endpoint or node) if endpoint or node else ""
        where = ("-e", f"{via}:{self.port}") if via else ()
        target = ("-n", self.address(node)) if node else ()
        ours = () if "--talosconfig" in argv else ("--talosconfig", str(self.pki / "talosconfig"))
        return await run((*argv, *ours, *where, *target), timeout_s)

    async def insecure(self, *argv: str, node: str) -> Ran:
        return await run((*argv, "--insecure", "-n", f"{self.address(node)}:{self.port}"), _PATIENCE_S)

    async def get(self, what: str, node: str, *more: str) -> list[dict[str, Any]]:
        """The resources as talosctl prints them in YAML."""
        ran = await self.talosctl("get", *what.split(), "-o", "yaml", *more, node=node)
        assert ran.code == 0, ran.said
        return [document for document in yaml.safe_load_all(ran.out) if document]

    def config(self, name: str, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
        """A machine config of this cluster for the node. change: what is to be different in it."""
        node = self.machines.machines[name].node
        kind = "controlplane" if node.role == "control-plane" else "worker"
        document = yaml.safe_load((self.pki / f"{kind}.yaml").read_text())
        machine = document["machine"]
        machine["network"] = {"hostname": name, "interfaces": [{"addresses": [f"{self.address(name)}/16"]}]}
        machine["install"]["diskSelector"] = {"serial": node.install_disk.serial}
        machine["install"].pop("disk", None)
        if change is not None:
            change(document)
        kept = self.folder / f"{name}.yaml"
        kept.write_text(yaml.safe_dump(document))
        return kept

    async def until(self, what: str, holds: Callable[[], bool | Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not await _truth(holds()):  # noqa: ASYNC110 - what becomes true is another program's
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not within {_PATIENCE_S:g} s: {what}") from None

    async def stage(self, name: str, stage: Stage) -> None:
        """Wait until the machine is at that stage, and its port answers where it is to."""
        machine = self.machines.machines[name]
        answers = stage in (Stage.MAINTENANCE, Stage.BOOTING, Stage.RUNNING)
        await self.until(f"{name} {stage}", lambda: machine.stage is stage and machine.answers == answers)

    async def bootable(self, name: str) -> None:
        """Wait until a bootstrap call is answered."""
        machine = self.machines.machines[name]
        await self.until(f"{name} joins", lambda: name in self.kubelets.up and machine.answers)

    async def configure(self, *names: str) -> None:
        """Apply a config to each machine in maintenance mode, and wait until it is up with it."""
        for name in names:
            ran = await self.insecure("apply-config", "-f", str(self.config(name)), node=name)
            assert ran.code == 0, ran.said
        for name in names:
            await self.bootable(name)

    async def bootstrap(self, name: str = "k8s-1") -> None:
        ran = await self.talosctl("bootstrap", node=name)
        assert ran.code == 0, ran.said
        await self.stage(name, Stage.RUNNING)


async def _truth(found: bool | Awaitable[bool]) -> bool:
    return found if isinstance(found, bool) else await found


async def run(argv: tuple[str, ...], timeout_s: float) -> Ran:
    """talosctl until it ends, or for so long: what it said is kept also then (exit code -9)."""
    process = await asyncio.create_subprocess_exec(
        talosctl(), *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.gather(process.stdout.read(), process.stderr.read())
    done, _ = await asyncio.wait({said}, timeout=timeout_s)
    if not done:
        process.kill()
    out, err = await said
    return Ran(await process.wait(), out.decode(), err.decode())


@asynccontextmanager
async def bench(folder: Path, pki: Path, delays: Delays = AT_ONCE, names: tuple[str, ...] = ()) -> AsyncIterator[Bench]:
    """Machines of the main cluster (all, or those named) in maintenance mode, or as their disks in `folder` are."""
    cluster = main_cluster()
    if names:
        cluster = cluster.model_copy(update={"nodes": tuple(node for node in cluster.nodes if node.name in names)})
    network, port = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}", free_port()

    def address_of(node: Node) -> str:
        return f"{network}.{str(node.address).rpartition('.')[2]}"

    control_planes, kubelets = FakeControlPlanes(folder), FakeKubelets()
    place = LabPlace(folder / "lab")
    machines = TalosMachines(cluster, place, control_planes, kubelets, material(), stubs(), delays, port, address_of)
    await machines.start()
    made = Bench(folder, machines, control_planes, kubelets, pki, port)
    try:
        yield made
    finally:
        await machines.stop()


def generated_pki(folder: Path) -> Path:
    """talosctl's own secrets, configs and talosconfig of a cluster."""
    import subprocess

    argv = ("gen", "config", "main", "https://main.k8s.internal:6443", "-o", str(folder), "--with-examples=false")
    subprocess.run((talosctl(), *argv, "--with-docs=false"), check=True, capture_output=True, timeout=60)
    return folder


def played(
    folder: Path,
    pki: Path,
    scenario: Callable[[Bench], Awaitable[None]],
    names: tuple[str, ...] = ("k8s-1",),
    delays: Delays = AT_ONCE,
) -> None:
    """Run a scenario against fresh machines, all of them in maintenance mode at its beginning."""

    async def play() -> None:
        async with bench(folder, pki, delays, names) as made:
            for name in names:
                await made.stage(name, Stage.MAINTENANCE)
            await scenario(made)

    asyncio.run(play())
