"""kstatus of a Pod."""

from __future__ import annotations

from readiness.conditions import condition, is_true
from readiness.fields import Object, mappings, text
from readiness.moment import epoch_s
from readiness.status import Kind, Status, current, failed, in_progress

SCHEDULE_WINDOW_S = 15.0
"""How long a pod may be unschedulable before it counts as failed (cli-utils, status/core.go, ScheduleWindow)."""


def pod(obj: Object, now: float | None) -> Status:
    """A pod that has ended is Current, even when it ended badly: it will not change any more."""
    phase = text(obj, "status", "phase")
    if phase == "Succeeded":
        return current("has completed")
    if phase == "Failed":
        return current("has completed, but not successfully")
    if phase == "Running":
        return _running(obj)
    if phase == "Pending":
        return _pending(obj, now)
    return Status(Kind.UNKNOWN, f"unknown phase {phase}") if phase else in_progress("has no phase yet")


def _running(obj: Object) -> Status:
    if is_true(obj, "Ready"):
        return current("is Ready")
    looping = [
        text(container, "name")
        for container in mappings(obj, "status", "containerStatuses")
        if text(container, "state", "waiting", "reason") == "CrashLoopBackOff"
    ]
    if looping:
        return failed(f"containers in CrashLoopBackOff: {', '.join(looping)}")
    return in_progress("is running but not Ready")


def _pending(obj: Object, now: float | None) -> Status:
    scheduled = condition(obj, "PodScheduled")
    if scheduled is None or not scheduled.false or scheduled.reason != "Unschedulable":
        return in_progress("is Pending")
    created = epoch_s(text(obj, "metadata", "creationTimestamp"))
    if now is None or (created is not None and now - created < SCHEDULE_WINDOW_S):
        return in_progress("has not been scheduled yet")
    return failed("could not be scheduled")
