"""VolSync's restores, played: a ReplicationDestination that is to restore once finds a backup and takes an image of it.

A claim that names it in dataSourceRef gets its volume only then. Source: backube/volsync, api/v1alpha1 (status of a
ReplicationDestination) and internal/controller/volumepopulator_controller.go. No data moves: the lab has no backups.
"""

from __future__ import annotations

from lab.contents.api import ApiError, Object
from lab.contents.repeat import together
from lab.contents.world import World, now

_KIND = "ReplicationDestination"
_GROUP = "volsync.backube"
_LOOK_S = 1.0


class Restores:
    """Acts for destinations that a claim waits for; does nothing while VolSync's controller does not run."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def step(self) -> float | None:
        wanted = {key for claim in self._world.mirrors["claims"] if (key := source_of(claim)) and not _bound(claim)}
        if not wanted:
            return None
        if self._controller_runs():
            await together([self._restore(namespace, name) for namespace, name in sorted(wanted)])
        return _LOOK_S

    def _controller_runs(self) -> bool:
        return any(
            deployment["metadata"]["name"] == "volsync" and deployment.get("status", {}).get("readyReplicas")
            for deployment in self._world.mirrors["deployments"]
        )

    async def _restore(self, namespace: str, name: str) -> None:
        found = await destination(self._world, namespace, name)
        if found is None or is_restored(found):
            return
        status = {
            "lastManualSync": found["spec"].get("trigger", {}).get("manual", ""),
            "lastSyncTime": now(),
            "latestMoverStatus": {"result": "Successful", "logs": "restored by the lab, which has no data"},
            "latestImage": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": f"{name}-image"},
        }
        await self._world.api.patch(f"{_path(namespace, name)}/status", {"status": status}, strategic=False)
        self._world.changed()


def source_of(claim: Object) -> tuple[str, str] | None:
    """Namespace and name of the destination that a claim is filled from; None for every other claim."""
    source = claim["spec"].get("dataSourceRef") or {}
    if source.get("kind") != _KIND:
        return None
    return source.get("namespace") or claim["metadata"]["namespace"], source["name"]


async def destination(world: World, namespace: str, name: str) -> Object | None:
    """None while there is none."""
    try:
        return await world.api.get(_path(namespace, name))
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def is_restored(found: Object) -> bool:
    """Whether its last manual sync is the one that is asked for, and left an image."""
    status = found.get("status", {})
    wanted = found["spec"].get("trigger", {}).get("manual", "")
    return status.get("lastManualSync", "") == wanted and bool(status.get("latestImage"))


def _path(namespace: str, name: str) -> str:
    return f"/apis/{_GROUP}/v1alpha1/namespaces/{namespace}/replicationdestinations/{name}"


def _bound(claim: Object) -> bool:
    return bool(claim.get("status", {}).get("phase") == "Bound")
