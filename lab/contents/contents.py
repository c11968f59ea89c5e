"""The lab's cluster from inside: plays the kubelets of its machines, its network, its volumes and its addresses."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from inventory.model import Cluster
from lab.contents.life import Around, Life
from lab.contents.world import Faults, Machine, Tell, World, is_true
from lab.machine_config import MachineConfig
from lab.place import LabPlace
from lab.ports import StaticPod
from lab.program import Programs


class Contents:
    """Implements lab.ports.Kubelets.

    program: a built program by name. material: what a program needs beside it, by its name. kubeconfig: waits until
    there is an API, and returns an admin kubeconfig's file. web_ca: that the processes trust. name_host: makes a name
    resolve to an address in the whole lab. tell: takes each fact that was made true, and when (CLOCK_BOOTTIME).
    pull_s: of images that a node does not have. unreachable_after_s: how long after a machine went off its Node becomes
    unknown. static_pods: of a control plane, by its node's name; none of one that is off.
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
        static_pods: Callable[[str], tuple[StaticPod, ...]] = lambda name: (),
    ) -> None:
        self._around = Around(
            place.data / "pods", programs, program, cluster, kubeconfig, material, web_ca, name_host, tell, pull_s,
            unreachable_after_s, static_pods,
        )  # fmt: skip
        self._life = Life(self._around)

    async def start(self) -> None:
        self._life.start()

    async def close(self) -> None:
        """Everything of it ends; the cluster's objects stay."""
        await self._life.close()

    async def begin_anew(self) -> None:
        """Nobody was ever booted, no image was pulled, and no fault is left: what comes is another cluster."""
        await self._life.close()
        self._life = Life(self._around)
        self._life.start()

    async def boot(self, config: MachineConfig) -> None:
        before = self._world.machines.get(config.hostname)
        images = before.images if before else set()
        self._life.cilium.forget(config.hostname)
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

    @property
    def _world(self) -> World:
        return self._life.world
