"""kstatus of a StatefulSet. Its controller sets no conditions, so that it can never be seen to fail."""

from __future__ import annotations

from readiness.fields import Object, integer, text
from readiness.status import Status, current, first_short, in_progress


def statefulset(obj: Object) -> Status:
    """Current when all replicas are ready and new (with a partition: those above it). OnDelete is its user's work."""
    if text(obj, "spec", "updateStrategy", "type") == "OnDelete":
        return current("updates on delete only")
    wanted, replicas = integer(obj, "spec", "replicas", default=1), integer(obj, "status", "replicas")
    ready = integer(obj, "status", "readyReplicas")
    short = first_short(("created", replicas, wanted), ("ready", ready, wanted))
    if short:
        return short
    if replicas > wanted:
        return in_progress(f"{replicas - wanted} old still to terminate")
    return _rollout(obj, wanted) or current(f"ready {ready}")


def _rollout(obj: Object, wanted: int) -> Status | None:
    partition = integer(obj, "spec", "updateStrategy", "rollingUpdate", "partition", default=-1)
    if partition >= 0:
        return first_short(("updated", integer(obj, "status", "updatedReplicas"), wanted - partition))
    short = first_short(("current", integer(obj, "status", "currentReplicas"), wanted))
    if short:
        return short
    if text(obj, "status", "currentRevision") != text(obj, "status", "updateRevision"):
        return in_progress("the update revision is not the current one yet")
    return None
