"""What the parts of the lab's contents share: the machines as they are, copies of the cluster's objects, the faults."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from inventory.model import Cluster
from lab.contents.api import Api, Object
from lab.contents.mirror import Mirror
from lab.machine_config import MachineConfig

Tell = Callable[[str, float], None]
"""Takes a fact and the CLOCK_BOOTTIME at which it was made true."""

CNI = ("kube-system", "cilium")
"""The DaemonSet whose pods bring the network."""

PATHS = {
    "nodes": "/api/v1/nodes",
    "pods": "/api/v1/pods",
    "services": "/api/v1/services",
    "volumes": "/api/v1/persistentvolumes",
    "claims": "/api/v1/persistentvolumeclaims",
    "deployments": "/apis/apps/v1/deployments",
    "daemon_sets": "/apis/apps/v1/daemonsets",
    "slices": "/apis/discovery.k8s.io/v1/endpointslices",
}


@dataclass(slots=True)
class Machine:
    """One machine that booted. registered: its kubelet did, since the boot. networked: the CNI's pod ran
    on it since. stopped_at: time.monotonic() when it went off, None while it is on. wiped: it will not
    come back as it was. images: what it has pulled.
    """

    config: MachineConfig
    registered: bool = False
    networked: bool = False
    stopped_at: float | None = None
    wiped: bool = False
    restarting: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)

    @property
    def on(self) -> bool:
        return self.stopped_at is None


@dataclass(frozen=True, slots=True)
class Faults:
    """What is broken on purpose. slow_pulls_s: added to every pull. failing_pulls: matches images that cannot be
    pulled. crashing: workloads as namespace/name.
    """

    slow_pulls_s: float = 0.0
    failing_pulls: re.Pattern[str] | None = None
    crashing: frozenset[str] = frozenset()


class World:
    """Mirrors by the names of PATHS, machines by node name."""

    def __init__(self, cluster: Cluster, api: Api, tell: Tell) -> None:
        self.cluster = cluster
        self.api = api
        self.machines: dict[str, Machine] = {}
        self.faults = Faults()
        self._tell = tell
        self._waiting: list[asyncio.Event] = []
        self.mirrors = {name: Mirror(api, path, self.changed) for name, path in PATHS.items()}

    @property
    def nodes(self) -> Mirror:
        return self.mirrors["nodes"]

    @property
    def pods(self) -> Mirror:
        return self.mirrors["pods"]

    def changed(self) -> None:
        for event in self._waiting:
            event.set()

    def change(self) -> asyncio.Event:
        """A new event that is set after every change."""
        event = asyncio.Event()
        self._waiting.append(event)
        return event

    def tell(self, fact: str) -> None:
        self._tell(fact, boottime())

    def pods_on(self, node: str) -> list[Object]:
        return [pod for pod in self.pods if pod["spec"].get("nodeName") == node]

    async def patch_pod_status(self, pod: Object, status: Object) -> None:
        metadata = pod["metadata"]
        body = {"metadata": {"uid": metadata["uid"]}, "status": status}
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/status"
        self.pods.put(await self.api.patch(path, body))


def boottime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_true(obj: Object, kind: str) -> bool:
    return condition(obj, kind).get("status") == "True"


def condition(obj: Object, kind: str) -> Object:
    """The condition of this type, {} without it."""
    found: list[Object] = obj.get("status", {}).get("conditions") or []
    return next((entry for entry in found if entry["type"] == kind), {})


def owner(pod: Object) -> tuple[str, str, str]:
    """Namespace, kind and name of the workload of a pod; a ReplicaSet's is its Deployment, by its pod template hash."""
    metadata = pod["metadata"]
    for reference in metadata.get("ownerReferences", ()):
        kind, name = reference["kind"], reference["name"]
        suffix = metadata.get("labels", {}).get("pod-template-hash")
        if kind == "ReplicaSet" and suffix:
            return metadata["namespace"], "Deployment", name.removesuffix(f"-{suffix}")
        return metadata["namespace"], kind, name
    return metadata["namespace"], "Pod", metadata["name"]
