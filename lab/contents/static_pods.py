"""Mirror pods: what a kubelet shows of the control plane's static pods (kubernetes.io, "Create static Pods")."""

from __future__ import annotations

from collections.abc import Callable

from lab.contents import pod as statuses
from lab.contents.api import ApiError, Object
from lab.contents.world import Machine, World, is_true
from lab.ports import StaticPod

MIRROR = "kubernetes.io/config.mirror"
"""Annotation of a mirror pod."""

_PODS = "/api/v1/namespaces/kube-system/pods"
_LOOK_S = 1.0


class StaticPods:
    """ask: the static pods of a control plane by its node's name; none of one that is off."""

    def __init__(self, world: World, ask: Callable[[str], tuple[StaticPod, ...]]) -> None:
        self._world = world
        self._ask = ask

    async def step(self) -> float | None:
        for machine in list(self._world.machines.values()):
            if machine.on and machine.registered:
                for static in self._ask(machine.config.hostname):
                    await self._show(machine, static)
        return _LOOK_S

    async def _show(self, machine: Machine, static: StaticPod) -> None:
        name = f"{static.name}-{machine.config.hostname}"
        found = self._world.pods.get(name, "kube-system")
        if found is None:
            found = await self._create(machine, static, name)
        if found is None or is_true(found, "Ready") == static.ready:
            return
        again = 1 if static.ready and found.get("status", {}).get("containerStatuses") else 0
        host = machine.config.address
        status = statuses.running(found, static.ready, statuses.restarts(found) + again)
        of_host = {"hostIP": host, "hostIPs": [{"ip": host}], "podIP": host, "podIPs": [{"ip": host}]}
        await self._world.patch_pod_status(found, {**status, **of_host})

    async def _create(self, machine: Machine, static: StaticPod, name: str) -> Object | None:
        node = self._world.nodes.get(machine.config.hostname)
        if node is None:
            return None
        try:
            found = await self._world.api.create(_PODS, _mirror(machine, static, name, node))
        except ApiError as error:
            if error.status != 409:
                raise
            return None  # it is there, and the copy does not know yet
        self._world.pods.put(found)
        return found


def is_mirror(pod: Object) -> bool:
    return MIRROR in pod["metadata"].get("annotations", {})


def _mirror(machine: Machine, static: StaticPod, name: str, node: Object) -> Object:
    """Labels as Talos gives them (k8s.ControlPlaneStaticPodController); the rest as a kubelet adds it."""
    config = machine.config
    version = f"v{config.kubernetes_version.removeprefix('v')}"
    labels = {
        "tier": "control-plane",
        "k8s-app": static.name,
        "component": static.name,
        "app.kubernetes.io/name": static.name,
        "app.kubernetes.io/version": version,
        "app.kubernetes.io/component": "control-plane",
        "app.kubernetes.io/managed-by": "Talos",
    }
    owner = {"apiVersion": "v1", "kind": "Node", "name": config.hostname, "uid": node["metadata"]["uid"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "kube-system",
            "labels": labels,
            "annotations": {MIRROR: "lab", "kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "lab"},
            "ownerReferences": [{**owner, "controller": True}],
        },
        "spec": {
            "nodeName": config.hostname,
            "hostNetwork": True,
            "priorityClassName": "system-cluster-critical",
            "tolerations": [{"operator": "Exists", "effect": "NoExecute"}],
            "containers": [{"name": static.name, "image": f"registry.k8s.io/{static.name}:{version}"}],
        },
    }
