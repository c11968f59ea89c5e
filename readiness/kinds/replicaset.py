"""kstatus of a ReplicaSet."""

from __future__ import annotations

from readiness.conditions import condition
from readiness.fields import Object, integer
from readiness.status import Status, current, first_short, in_progress

_COUNTS = (("labelled", "fullyLabeledReplicas"), ("available", "availableReplicas"), ("ready", "readyReplicas"))


def replicaset(obj: Object) -> Status:
    failure = condition(obj, "ReplicaFailure")
    if failure and failure.true:
        return in_progress(failure.message or "cannot create its pods")
    wanted, replicas = integer(obj, "spec", "replicas", default=1), integer(obj, "status", "replicas")
    short = first_short(*((word, integer(obj, "status", field), wanted) for word, field in _COUNTS))
    if short:
        return short
    if replicas > wanted:
        return in_progress(f"{replicas - wanted} old still to terminate")
    return current(f"ready {wanted}")
