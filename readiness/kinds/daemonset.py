"""kstatus of a DaemonSet."""

from __future__ import annotations

from readiness.fields import Object, at, integer
from readiness.status import Status, current, first_short, in_progress

_COUNTS = (
    ("scheduled", "currentNumberScheduled"),
    ("updated", "updatedNumberScheduled"),
    ("available", "numberAvailable"),
    ("ready", "numberReady"),
)


def daemonset(obj: Object) -> Status:
    """Current when every pod that it wants is new, available and ready. One that wants no pod is Current too."""
    for path in (("metadata", "generation"), ("status", "observedGeneration")):
        if at(obj, *path) is None:
            return in_progress(f"{'.'.join(path)} is not set yet")
    desired = integer(obj, "status", "desiredNumberScheduled", default=-1)
    if desired < 0:
        return in_progress("status.desiredNumberScheduled is not set yet")
    counts = ((word, integer(obj, "status", field), desired) for word, field in _COUNTS)
    return first_short(*counts) or current(f"ready {desired}/{desired}")
