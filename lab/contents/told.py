"""Tells when a workload became ready, as soon as its controller wrote it."""

from __future__ import annotations

from lab.contents.api import Object
from lab.contents.world import World


class Told:
    """One fact each time that a Deployment or DaemonSet becomes ready."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ready: set[str] = set()

    async def step(self) -> float | None:
        for kind, ready in (("deployment", _deployment), ("daemon_set", _daemon_set)):
            for obj in self._world.mirrors[f"{kind}s"]:
                name = f"{kind.replace('_', '')} {obj['metadata']['namespace']}/{obj['metadata']['name']}"
                self._see(name, ready(obj))
        return None

    def _see(self, name: str, ready: bool) -> None:
        if ready and name not in self._ready:
            self._world.tell(f"{name} ready")
        (self._ready.add if ready else self._ready.discard)(name)


def _deployment(obj: Object) -> bool:
    status, wanted = obj.get("status", {}), obj["spec"].get("replicas", 1)
    counts = {status.get(name, 0) for name in ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")}
    return _observed(obj) and counts == {wanted} and wanted > 0


def _daemon_set(obj: Object) -> bool:
    status = obj.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0)
    counts = {status.get(name, 0) for name in ("numberReady", "numberAvailable", "updatedNumberScheduled")}
    return _observed(obj) and counts == {wanted} and wanted > 0


def _observed(obj: Object) -> bool:
    return bool(obj.get("status", {}).get("observedGeneration") == obj["metadata"]["generation"])
