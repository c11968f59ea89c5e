"""kstatus of a Deployment."""

from __future__ import annotations

from readiness.conditions import condition, is_true
from readiness.fields import Object, integer
from readiness.status import Status, current, failed, first_short, in_progress

_NO_DEADLINE = 2**31 - 1
"""The controller sets no Progressing condition for this value (kubernetes, deployment/util/deployment_util.go)."""


def deployment(obj: Object) -> Status:
    """Failed only when its progress deadline passed; Current when all replicas are new, ready and available."""
    progressing = condition(obj, "Progressing")
    if progressing and progressing.reason == "ProgressDeadlineExceeded":
        return failed("progress deadline exceeded")
    return _counts(obj) or _conditions(obj) or current(f"ready {_count(obj, 'readyReplicas')}")


def _counts(obj: Object) -> Status | None:
    wanted = integer(obj, "spec", "replicas", default=1)
    replicas, updated = _count(obj, "replicas"), _count(obj, "updatedReplicas")
    short = first_short(("created", replicas, wanted), ("updated", updated, wanted))
    if short:
        return short
    if replicas > wanted:
        return in_progress(f"{replicas - wanted} old still to terminate")
    return first_short(
        ("available", _count(obj, "availableReplicas"), updated), ("ready", _count(obj, "readyReplicas"), wanted)
    )


def _conditions(obj: Object) -> Status | None:
    if not _progressed(obj):
        return in_progress("its new ReplicaSet is not available")
    if not is_true(obj, "Available"):
        return in_progress("is not Available")
    return None


def _progressed(obj: Object) -> bool:
    if integer(obj, "spec", "progressDeadlineSeconds", default=_NO_DEADLINE) == _NO_DEADLINE:
        return True
    found = condition(obj, "Progressing")
    return found is not None and found.true and found.reason == "NewReplicaSetAvailable"


def _count(obj: Object, field: str) -> int:
    return integer(obj, "status", field)
