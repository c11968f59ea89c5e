"""What plays one life of the lab's cluster: from bare machines until they are bare again, or the lab ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from lab.contents.static_pods import StaticPods
from lab.contents.told import Told
from lab.contents.volumes import Volumes
from lab.contents.world import Tell, World
from lab.ports import StaticPod
from lab.program import Programs


@dataclass(frozen=True, slots=True)
class Around:
    """What every life is played with; see `lab.contents.contents.Contents`. folder: for the files of pods."""

    folder: Path
    programs: Programs
    program: Callable[[str], Path]
    cluster: Cluster
    kubeconfig: Callable[[], Awaitable[Path]]
    material: Callable[[str], Path]
    web_ca: Path
    name_host: Callable[[str, str], None]
    tell: Tell
    pull_s: float
    unreachable_after_s: float
    static_pods: Callable[[str], tuple[StaticPod, ...]]


class Life:
    """From `start` to `close`."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._api = Api(around.kubeconfig)
        self.world = World(around.cluster, self._api, around.tell)
        self._nodes = Nodes(self.world, around.unreachable_after_s)
        self._pods = Pods(self.world, around.pull_s, lambda pod: workload_of(pod) is not None)
        self.cilium = Cilium(self.world)
        self._processes = Processes(
            self.world,
            self._api,
            around.programs,
            around.program,
            around.material,
            around.kubeconfig,
            around.folder,
            {"SSL_CERT_FILE": str(around.web_ca)},
        )
        self._cluster_ips = ClusterIps(self.world, around.name_host)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        steppers = (
            self._nodes, self._pods, self.cilium, Volumes(self.world), Restores(self.world),
            LoadBalancers(self.world), self._processes, self._cluster_ips, Told(self.world),
            StaticPods(self.world, self._around.static_pods),
        )  # fmt: skip
        steps = [repeat(part.step, self.world.change()) for part in steppers]
        mirrors = [mirror.keep() for mirror in self.world.mirrors.values()]
        self._tasks = [asyncio.create_task(work) for work in (*mirrors, *steps, self._nodes.beat(), self._kwok())]

    async def close(self) -> None:
        """Everything of it ends; the cluster's objects stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._cluster_ips.close()
        await self._processes.close()
        await self._around.programs.stop(NAME)
        await self._api.close()

    async def _kwok(self) -> None:
        text = ""
        while True:
            path = await self._around.kubeconfig()
            if path.read_text() != text:  # a new life of the cluster has new credentials
                text = path.read_text()
                await self._around.programs.start(kwok(self._around.program(NAME), path))
            await asyncio.sleep(2)
