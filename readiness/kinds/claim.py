"""kstatus of a PersistentVolumeClaim."""

from __future__ import annotations

from readiness.fields import Object, text
from readiness.status import Status, current, in_progress


def claim(obj: Object) -> Status:
    """A claim of a WaitForFirstConsumer class never binds alone: callers must not wait for it without its pod."""
    phase = text(obj, "status", "phase")
    return current("is Bound") if phase == "Bound" else in_progress(f"is not Bound but {phase or 'without phase'}")
