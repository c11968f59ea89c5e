"""Persistent volumes: for a claim of a class, a volume made and bound as its provisioner would.

A class that waits for the first consumer gets its volume once a pod that uses the claim has a node
(kubernetes.io, storage classes, volumeBindingMode). A claim whose class is not there waits.
"""

from __future__ import annotations

from lab.contents.api import ApiError, Object
from lab.contents.repeat import together
from lab.contents.restores import destination, is_restored, source_of
from lab.contents.world import World

_VOLUMES = "/api/v1/persistentvolumes"
_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_BY = "pv.kubernetes.io/provisioned-by"
_CHOSEN = "volume.kubernetes.io/selected-node"


class Volumes:
    """Makes the volumes of claims, and removes them as their class says."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def step(self) -> float | None:
        await together([self._delete(volume) for volume in self._world.mirrors["volumes"] if _released(volume)])
        pending = [claim for claim in self._world.mirrors["claims"] if _waits(claim)]
        if not pending:
            return None
        classes = {item["metadata"]["name"]: item for item in (await self._world.api.get(_CLASSES))["items"]}
        await together([self._provision(claim, classes) for claim in pending])
        return 1.0

    async def _delete(self, volume: Object) -> None:
        if "deletionTimestamp" not in volume["metadata"]:
            await self._world.api.delete(f"{_VOLUMES}/{volume['metadata']['name']}")

    async def _provision(self, claim: Object, classes: dict[str, Object]) -> None:
        storage = classes.get(claim["spec"].get("storageClassName", ""))
        if storage is None or (storage.get("volumeBindingMode") == "WaitForFirstConsumer" and not _chosen(claim)):
            return
        source = source_of(claim)
        if source is not None:
            filled = await destination(self._world, *source)
            if filled is None or not is_restored(filled):
                return
        try:
            await self._world.api.create(_VOLUMES, _volume(claim, storage))
        except ApiError as error:
            if error.status != 409:
                raise


def _released(volume: Object) -> bool:
    deleted = volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    return (
        deleted
        and volume.get("status", {}).get("phase") == "Released"
        and _BY in volume["metadata"].get("annotations", {})
    )


def _waits(claim: Object) -> bool:
    return claim.get("status", {}).get("phase") == "Pending" and not claim["spec"].get("volumeName")


def _chosen(claim: Object) -> bool:
    # the scheduler writes it when it places the first pod, and waits with the pod until the claim is bound
    return _CHOSEN in claim["metadata"].get("annotations", {})


def _volume(claim: Object, storage: Object) -> Object:
    metadata, spec = claim["metadata"], claim["spec"]
    name = f"pvc-{metadata['uid']}"
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            "annotations": {_BY: storage["provisioner"]},
        },
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "storageClassName": storage["metadata"]["name"],
            "persistentVolumeReclaimPolicy": storage.get("reclaimPolicy", "Delete"),
            "claimRef": {**reference, **{key: metadata[key] for key in ("name", "namespace", "uid")}},
            "csi": {"driver": storage["provisioner"], "volumeHandle": name},
        },
    }
