"""kstatus of a Job, as Flux and Helm 4 read it: a Job that still runs is not ready."""

from __future__ import annotations

from readiness.conditions import is_true
from readiness.fields import Object, at, integer, text
from readiness.status import Status, current, failed, in_progress


def job(obj: Object) -> Status:
    """Current when it completed, or is suspended on purpose; Failed when it gave up.

    Source: cli-utils calls a Job Current as soon as it runs; Flux and Helm 4 put a reader of their own before it.
    """
    if is_true(obj, "Complete"):
        return current("has completed")
    if is_true(obj, "Failed"):
        return failed(f"has failed after {integer(obj, 'status', 'failed')} failed pods")
    if is_true(obj, "Suspended") and at(obj, "spec", "suspend") is True:
        return current("is suspended")
    if not text(obj, "status", "startTime"):
        return in_progress("has not started")
    active, failures = integer(obj, "status", "active"), integer(obj, "status", "failed")
    return in_progress(f"is running: active {active}, failed {failures}")
