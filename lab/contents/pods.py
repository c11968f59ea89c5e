"""Pods on their way to run: sandbox, address and images, for which each waits as it does on a real node."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.contents import pod as statuses
from lab.contents.addresses import free
from lab.contents.api import Object
from lab.contents.repeat import together
from lab.contents.static_pods import is_mirror
from lab.contents.world import Machine, World, owner

_GONE = ("Succeeded", "Failed")


class Pods:
    """pull_s: how long a node pulls the images of a pod that it does not have. mapped: whether a pod is a process."""

    def __init__(self, world: World, pull_s: float, mapped: Callable[[Object], bool]) -> None:
        self._world = world
        self._pull_s = pull_s
        self._mapped = mapped
        self._addresses: dict[str, str] = {}
        self._pulling: dict[str, float] = {}

    async def step(self) -> float | None:
        pods = list(self._world.pods)
        self._forget({pod["metadata"]["uid"] for pod in pods})
        await together([self._one(pod) for pod in pods if self._ours(pod)])
        return 0.2 if self._pulling else None

    def _forget(self, there: set[str]) -> None:
        self._addresses = {uid: address for uid, address in self._addresses.items() if uid in there}
        self._pulling = {uid: since for uid, since in self._pulling.items() if uid in there}

    def _ours(self, pod: Object) -> bool:
        machine = self._world.machines.get(pod["spec"].get("nodeName", ""))
        ending = "deletionTimestamp" in pod["metadata"] or pod.get("status", {}).get("phase") in _GONE
        return machine is not None and machine.on and machine.registered and not ending and not is_mirror(pod)

    async def _one(self, pod: Object) -> None:
        machine = self._world.machines[pod["spec"]["nodeName"]]
        uid = pod["metadata"]["uid"]
        if uid in machine.restarting:
            machine.restarting.discard(uid)
            await self._restarted(pod, machine)
        elif not machine.networked and not pod["spec"].get("hostNetwork"):
            await self._wait(pod, machine, statuses.WAITING, "ContainerCreating", "")
        elif failing := self._failing(pod, machine):
            await self._wait(
                pod, machine, statuses.FAILED_PULL, "ImagePullBackOff", f'Back-off pulling image "{failing}"'
            )
        elif self._pulled(pod, machine):
            await self._run(pod, machine)
        else:
            await self._wait(pod, machine, statuses.PULLING, "ContainerCreating", "")

    async def _restarted(self, pod: Object, machine: Machine) -> None:
        # its node was restarted: containers begin anew
        await self._begin(pod, machine, statuses.WAITING, "ContainerCreating", again=1)

    async def _wait(self, pod: Object, machine: Machine, state: str, why: str, message: str) -> None:
        before = statuses.state(pod)
        if before == state or (before in (statuses.SANDBOX, statuses.PROCESS, statuses.CRASHING)):
            return  # what runs goes on without network or registry
        await self._begin(pod, machine, state, why, message)

    async def _run(self, pod: Object, machine: Machine) -> None:
        namespace, _, name = owner(pod)
        state = statuses.PROCESS if self._mapped(pod) else statuses.SANDBOX
        if f"{namespace}/{name}" in self._world.faults.crashing:
            state = statuses.CRASHING
        if statuses.state(pod) == state:
            return
        if state == statuses.CRASHING:
            why = "back-off 10s restarting failed container"
            await self._begin(pod, machine, state, "CrashLoopBackOff", why, again=1)
        else:
            await self._begin(pod, machine, state, "ContainerCreating")

    async def _begin(
        self, pod: Object, machine: Machine, state: str, why: str, message: str = "", again: int = 0
    ) -> None:
        host = machine.config.address
        address = "" if state == statuses.WAITING else self._address(pod, machine)
        status = statuses.waiting(pod, state, why, message, host=host, address=address, again=again)
        await self._world.patch_pod_status(pod, status)

    def _failing(self, pod: Object, machine: Machine) -> str:
        pattern = self._world.faults.failing_pulls
        missing = (image for image in _images(pod) if image not in machine.images)
        return next((image for image in missing if pattern and pattern.search(image)), "")

    def _pulled(self, pod: Object, machine: Machine) -> bool:
        uid, images = pod["metadata"]["uid"], _images(pod)
        if images <= machine.images:
            return True
        since = self._pulling.setdefault(uid, time.monotonic())
        if time.monotonic() - since < self._pull_s + self._world.faults.slow_pulls_s:
            return False
        del self._pulling[uid]
        machine.images |= images
        return True

    def _address(self, pod: Object, machine: Machine) -> str:
        if pod["spec"].get("hostNetwork"):
            return machine.config.address
        uid = pod["metadata"]["uid"]
        known = pod.get("status", {}).get("podIP") or self._addresses.get(uid)
        if not known:
            node = self._world.nodes.get(machine.config.hostname) or {"spec": {}}
            network = node["spec"].get("podCIDR") or str(self._world.cluster.network.pods)
            taken = {other.get("status", {}).get("podIP", "") for other in self._world.pods}
            known = free(network, taken | set(self._addresses.values()))
            self._addresses[uid] = known
        return str(known)


def _images(pod: Object) -> set[str]:
    containers = pod["spec"]["containers"] + pod["spec"].get("initContainers", [])
    return {container["image"] for container in containers}
