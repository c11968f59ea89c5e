"""kstatus of a CustomResourceDefinition."""

from __future__ import annotations

from readiness.conditions import Condition, conditions
from readiness.fields import Object
from readiness.status import Status, current, failed, in_progress


def definition(obj: Object) -> Status:
    """Established, or failed for good. That discovery serves it already is another question."""
    for found in conditions(obj):
        if _refused(found):
            return failed(found.message or found.reason)
        if found.type == "Established" and found.true:
            return current("is established")
    return in_progress("is being installed")


def _refused(found: Condition) -> bool:
    if not found.false:
        return False
    return found.type == "NamesAccepted" or (found.type == "Established" and found.reason != "Installing")
