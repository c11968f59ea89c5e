"""Volumes that VolSync brings back from backups, and those that came up empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.fields import Object, at, full_name, text
from readiness.sentence import listed, one_line

EMPTY = ("No eligible snapshots found", "No data will be restored")
"""What the movers log when they find nothing to restore, and then succeed (backube/volsync, mover-restic/entry.sh)."""


@dataclass(frozen=True, slots=True)
class _Volume:
    """One claim and where it stands. Exactly one of the sentences is set, or `restored`."""

    name: str
    restored: bool = False
    waiting: str = ""
    absent: bool = False
    exception: str = ""
    never: Never | None = None


def restored(pvcs: Sequence[Object], destinations: Sequence[Object]) -> Verdict:
    """Holds when every claim that is to be filled by a ReplicationDestination is Bound, or known to stay empty.

    Claims without such a dataSourceRef are not looked at. A volume that came up empty is an exception: the mover
    succeeds when there is no snapshot, and takes an image of the empty volume all the same.
    Source: backube/volsync, api/v1alpha1 (status.latestImage, latestMoverStatus, lastManualSync) and
    internal/controller/volumepopulator_controller.go (a claim is filled from latestImage, if that is a snapshot).
    """
    by_name = {full_name(destination): destination for destination in destinations}
    volumes = [_volume(pvc, by_name) for pvc in sorted(pvcs, key=full_name) if _source(pvc)]
    never = next((volume.never for volume in volumes if volume.never), None)
    if never:
        return never
    waiting = [volume for volume in volumes if volume.waiting]
    if waiting:
        named = listed([volume.waiting for volume in waiting], 3, "; ")
        done = len(volumes) - len(waiting)
        return NotYet(f"{done}/{len(volumes)} volumes restored: {named}", not any(v.absent for v in waiting))
    return Holds(
        {"restored": [volume.name for volume in volumes if volume.restored]},
        tuple(volume.exception for volume in volumes if volume.exception),
    )


def _source(pvc: Object) -> str:
    """The full name of the destination that is to fill a claim, "" for any other claim."""
    if text(pvc, "spec", "dataSourceRef", "kind") != "ReplicationDestination":
        return ""
    namespace = text(pvc, "spec", "dataSourceRef", "namespace") or text(pvc, "metadata", "namespace")
    return f"{namespace}/{text(pvc, 'spec', 'dataSourceRef', 'name')}"


def _volume(pvc: Object, destinations: Mapping[str, Object]) -> _Volume:
    name, source = full_name(pvc), _source(pvc)
    bound = text(pvc, "status", "phase") == "Bound"
    destination = destinations.get(source)
    if destination is None:
        return _orphan(name, source, bound)
    if not _synced(destination):
        return _unsynced(name, destination)
    if _came_up_empty(destination):
        return _empty(name, source, destination, bound)
    if not bound:
        return _unbound(name, source, destination)
    return _Volume(name, restored=True)


def _orphan(name: str, source: str, bound: bool) -> _Volume:
    if bound:
        return _Volume(
            name, exception=f"volume {name} is bound, but ReplicationDestination {source} is gone: look inside"
        )
    return _Volume(name, waiting=f"{name}: ReplicationDestination {source} does not exist", absent=True)


def _synced(destination: Object) -> bool:
    """Its last sync ended well, image and all, and is the one that its manual trigger asks for.

    The mover's result is written before the image is taken, so that the result alone says too much.
    """
    trigger = text(destination, "spec", "trigger", "manual")
    ended = text(destination, "status", "lastSyncTime") or text(destination, "status", "latestImage", "name")
    done = text(destination, "status", "lastManualSync") == trigger if trigger else bool(ended)
    return done and text(destination, "status", "latestMoverStatus", "result") == "Successful"


def _unsynced(name: str, destination: Object) -> _Volume:
    source = full_name(destination)
    if at(destination, "spec", "paused") is True:
        action = f"set spec.paused of ReplicationDestination {source} to false in Git"
        return _Volume(name, never=Never(f"volume {name} waits for {source}, which is paused", action))
    if text(destination, "status", "latestMoverStatus", "result") == "Failed":
        return _Volume(name, waiting=f"{name}: the mover failed and is tried again: {_last_words(destination)}")
    return _Volume(name, waiting=f"{name} is being restored")


def _came_up_empty(destination: Object) -> bool:
    logs = text(destination, "status", "latestMoverStatus", "logs")
    return any(words in logs for words in EMPTY) or not text(destination, "status", "latestImage", "name")


def _empty(name: str, source: str, destination: Object, bound: bool) -> _Volume:
    """Without an image the claim will never be bound, so that only one with an (empty) image is waited for."""
    if not bound and text(destination, "status", "latestImage", "name"):
        return _unbound(name, source, destination)
    return _Volume(name, exception=f"volume {name} came up empty: {source} found no snapshot to restore")


def _unbound(name: str, source: str, destination: Object) -> _Volume:
    kind = text(destination, "status", "latestImage", "kind")
    if kind and kind != "VolumeSnapshot":
        action = f"set copyMethod: Snapshot in ReplicationDestination {source}"
        return _Volume(name, never=Never(f"volume {name} is never filled: {source} offers a {kind}", action))
    return _Volume(name, waiting=f"{name} is restored, its claim is not bound yet")


def _last_words(destination: Object) -> str:
    lines = text(destination, "status", "latestMoverStatus", "logs").strip().splitlines()
    return one_line(lines[-1]) if lines else "it left no log"
