"""The lab's cluster from inside: plays the kubelets of its machines, its network, its volumes and its addresses."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from inventory.model import Cluster
from lab.contents.api import Api
from lab.contents.cilium import Cilium
from lab.contents.cluster_ips import ClusterIps
from lab.contents.kwok import NAME, kwok
from lab.contents.load_balancers import LoadBalancers
from lab.contents.nodes import Nodes
from lab.contents.pods import Pods
from lab.contents.processes import Processes, workload_of
from lab.contents.repeat import repeat
from lab.contents.restores import Restores
from lab.contents.told import Told
from lab.contents.volumes import Volumes
from lab.contents.world import Faults, Machine, Tell, World, is_true
from lab.machine_config import MachineConfig
from lab.place import LabPlace
from lab.program import Programs


class Contents:
    """Implements lab.ports.Kubelets.

    program: a built program by name. material: what a program needs beside it, by its name. kubeconfig: waits until
    there is an API, and returns an admin kubeconfig's file. web_ca: that the processes trust. name_host: makes a name
    resolve to an address in the whole lab. tell: takes each fact that was made true, and when (CLOCK_BOOTTIME).
    pull_s: of images that a node does not have. unreachable_after_s: how long after a machine went off its Node becomes
    unknown.
    """

    def __init__(
        self,
        place: LabPlace,
        programs: Programs,
        program: Callable[[str], Path],
        cluster: Cluster,
        kubeconfig: Callable[[], Awaitable[Path]],
        *,
        material: Callable[[str], Path],
        web_ca: Path,
        name_host: Callable[[str, str], None],
        tell: Tell = lambda fact, at: None,
        pull_s: float = 1.0,
        unreachable_after_s: float = 10.0,
    ) -> None:
        self._programs = programs
        self._program = program
        self._kubeconfig = kubeconfig
        self._api = Api(kubeconfig)
        self._world = World(cluster, self._api, tell)
        self._nodes = Nodes(self._world, unreachable_after_s)
        self._pods = Pods(self._world, pull_s, lambda pod: workload_of(pod) is not None)
        self._cilium = Cilium(self._world)
        self._volumes = Volumes(self._world)
        self._restores = Restores(self._world)
        self._load_balancers = LoadBalancers(self._world)
        self._processes = Processes(
            self._world,
            self._api,
            programs,
            program,
            material,
            kubeconfig,
            place.data / "pods",
            {"SSL_CERT_FILE": str(web_ca)},
        )
        self._cluster_ips = ClusterIps(self._world, name_host)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        told = Told(self._world)
        steppers = (
            self._nodes, self._pods, self._cilium, self._volumes, self._restores, self._load_balancers,
            self._processes, self._cluster_ips, told,
        )  # fmt: skip
        steps = [repeat(part.step, self._world.change()) for part in steppers]
        mirrors = [mirror.keep() for mirror in self._world.mirrors.values()]
        self._tasks = [asyncio.create_task(work) for work in (*mirrors, *steps, self._nodes.beat(), self._kwok())]

    async def close(self) -> None:
        """Everything of it ends; the cluster's objects stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._cluster_ips.close()
        await self._processes.close()
        await self._programs.stop(NAME)
        await self._api.close()

    async def boot(self, config: MachineConfig) -> None:
        before = self._world.machines.get(config.hostname)
        images = before.images if before else set()
        self._cilium.forget(config.hostname)
        self._world.machines[config.hostname] = Machine(config, images=images)
        self._world.changed()

    async def stop(self, name: str) -> None:
        machine = self._world.machines.get(name)
        if machine is not None and machine.on:
            machine.stopped_at = time.monotonic()
            machine.registered = False
            self._world.changed()

    async def remove(self, name: str) -> None:
        await self.stop(name)
        if name in self._world.machines:
            self._world.machines[name].images.clear()
            self._world.machines[name].wiped = True

    def registered(self, name: str) -> bool:
        machine = self._world.machines.get(name)
        return machine is not None and machine.registered

    def ready(self, name: str) -> bool:
        node = self._world.nodes.get(name)
        return self.registered(name) and node is not None and is_true(node, "Ready")

    def slow_pulls(self, seconds: float) -> None:
        """Every pull of images takes so much longer."""
        self._fault(replace(self._world.faults, slow_pulls_s=seconds))

    def failing_pulls(self, pattern: str) -> None:
        """Images that match this regular expression cannot be pulled."""
        self._fault(replace(self._world.faults, failing_pulls=re.compile(pattern)))

    def pods_crash(self, workload: str) -> None:
        """The containers of this workload, namespace/name, end as soon as they run."""
        faults = self._world.faults
        self._fault(replace(faults, crashing=faults.crashing | {workload}))

    def heal(self) -> None:
        """No fault is left."""
        self._fault(Faults())

    def _fault(self, faults: Faults) -> None:
        self._world.faults = faults
        self._world.changed()

    async def _kwok(self) -> None:
        text = ""
        while True:
            path = await self._kubeconfig()
            if path.read_text() != text:  # a new life of the cluster has new credentials
                text = path.read_text()
                await self._programs.start(kwok(self._program(NAME), path))
            await asyncio.sleep(2)
