"""The conditions in an object's status."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache

from readiness.fields import Object, is_integer, mappings, text


@dataclass(frozen=True, slots=True)
class Condition:
    """status: "True", "False" or "Unknown". observed: the generation that it speaks of, None when it does not say."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    observed: int | None = None

    @property
    def true(self) -> bool:
        return self.status == "True"

    @property
    def false(self) -> bool:
        return self.status == "False"


def conditions(obj: Object, of: Container[object] | None = None) -> tuple[Condition, ...]:
    """All of them, or those of the given types, in the object's own order."""
    listed = mappings(obj, "status", "conditions")
    return tuple([_condition(item) for item in listed if of is None or item.get("type") in of])


def condition(obj: Object, kind: str) -> Condition | None:
    """The first condition of a type."""
    for item in mappings(obj, "status", "conditions"):
        if item.get("type") == kind:
            return _condition(item)
    return None


def is_true(obj: Object, kind: str) -> bool:
    """Whether the first condition of a type is True."""
    for item in mappings(obj, "status", "conditions"):
        if item.get("type") == kind:
            return item.get("status") == "True"
    return False


_remembered = lru_cache(maxsize=4096)(Condition)  # the same few are read again at every look


def _condition(item: Object) -> Condition:
    observed = item.get("observedGeneration")
    return _remembered(
        text(item, "type"),
        text(item, "status"),
        text(item, "reason"),
        text(item, "message"),
        observed if is_integer(observed) else None,
    )
