"""The Nodes: registered by machines that are on, Ready once the CNI runs there, unknown when a machine went off."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from lab.contents import node
from lab.contents.api import ApiError, Object
from lab.contents.kwok import LABEL
from lab.contents.pod import not_ready
from lab.contents.repeat import together
from lab.contents.world import Machine, World, condition, is_true, owner

_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_RENEW_S = 10.0
_LEASE_S = 40


class Nodes:
    """unreachable_after_s: how long after a machine went off its Node becomes unknown. The controller manager does that
    itself after 40 s, its default grace period; a shorter time does the same earlier.
    """

    def __init__(self, world: World, unreachable_after_s: float) -> None:
        self._world = world
        self._unreachable_after_s = unreachable_after_s

    async def step(self) -> float | None:
        await asyncio.gather(*(self._machine(name, machine) for name, machine in list(self._world.machines.items())))
        return 1.0 if any(not machine.on for machine in self._world.machines.values()) else None

    async def beat(self) -> None:
        """Renew the leases of the machines that are on, until cancelled."""
        while True:
            for name, machine in list(self._world.machines.items()):
                if machine.on and machine.registered:
                    await self._renew(name)
            await asyncio.sleep(_RENEW_S)

    async def _machine(self, name: str, machine: Machine) -> None:
        found = self._world.nodes.get(name)
        if not machine.on:
            await self._off(name, machine, found)
        elif not machine.registered or found is None:
            await self._register(name, machine)
        else:
            await self._report(name, machine, found)

    async def _register(self, name: str, machine: Machine) -> None:
        try:
            found = await self._world.api.create("/api/v1/nodes", node.node(machine.config))
        except ApiError as error:
            if error.status != 409:
                raise
            body = {"metadata": {"labels": node.labels(machine.config)}}
            found = await self._world.api.patch(f"/api/v1/nodes/{name}", body)
            machine.restarting = {pod["metadata"]["uid"] for pod in self._world.pods_on(name)}
        await self._patch(name, node.status(machine.config, False, found))
        machine.registered = True
        await self._renew(name)
        self._world.tell(f"node {name} registered")

    async def _report(self, name: str, machine: Machine, found: Object) -> None:
        machine.networked = machine.networked or self._cni_runs(name, machine)
        wanted = "True" if machine.networked else "False"
        if condition(found, "Ready").get("status") == wanted:
            return
        await self._patch(name, node.status(machine.config, machine.networked, found))
        if machine.networked:
            self._world.tell(f"node {name} ready")

    def _cni_runs(self, name: str, machine: Machine) -> bool:
        pods = [pod for pod in self._world.pods_on(name) if pod["metadata"]["uid"] not in machine.restarting]
        return any(cni_pod(pod) and is_true(pod, "Ready") for pod in pods)

    async def _off(self, name: str, machine: Machine, found: Object | None) -> None:
        if found is None or machine.stopped_at is None:
            return
        if found["metadata"].get("labels", {}).get(LABEL):
            body = {"metadata": {"labels": {LABEL: None}}}
            self._world.nodes.put(await self._world.api.patch(f"/api/v1/nodes/{name}", body))
        late = time.monotonic() - machine.stopped_at >= self._unreachable_after_s
        if late and condition(found, "Ready").get("status") != "Unknown":
            await self._patch(name, node.unknown(found))
            self._world.tell(f"node {name} unreachable")
            await together([self._world.patch_pod_status(pod, not_ready(pod)) for pod in self._ready_pods(name)])

    def _ready_pods(self, name: str) -> list[Object]:
        return [pod for pod in self._world.pods_on(name) if is_true(pod, "Ready")]

    async def _patch(self, name: str, status: Object) -> None:
        self._world.nodes.put(await self._world.api.patch(f"/api/v1/nodes/{name}/status", {"status": status}))

    async def _renew(self, name: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {"holderIdentity": name, "leaseDurationSeconds": _LEASE_S, "renewTime": moment}
        try:
            await self._world.api.patch(f"{_LEASES}/{name}", {"spec": spec})
        except ApiError as error:
            if error.status == 404:
                await self._first_lease(name, spec)
        except ConnectionError:
            return  # the next beat

    async def _first_lease(self, name: str, spec: Object) -> None:
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}, "spec": spec}
        try:
            await self._world.api.create(_LEASES, body)
        except (ApiError, ConnectionError):
            return  # the namespace is not there yet: the next beat


def cni_pod(pod: Object) -> bool:
    return owner(pod) == ("kube-system", "DaemonSet", "cilium")
