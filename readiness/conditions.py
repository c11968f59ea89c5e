"""The conditions in an object's status."""

from __future__ import annotations

from dataclasses import dataclass

from readiness.fields import Object, at, is_integer, mappings, text


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


def conditions(obj: Object) -> tuple[Condition, ...]:
    """All of them, in the object's own order."""
    return tuple(_condition(item) for item in mappings(obj, "status", "conditions"))


def condition(obj: Object, kind: str) -> Condition | None:
    """The first condition of a type."""
    found = next((item for item in mappings(obj, "status", "conditions") if item.get("type") == kind), None)
    return None if found is None else _condition(found)


def is_true(obj: Object, kind: str) -> bool:
    found = condition(obj, kind)
    return found is not None and found.true


def _condition(item: Object) -> Condition:
    observed = at(item, "observedGeneration")
    return Condition(
        text(item, "type"),
        text(item, "status"),
        text(item, "reason"),
        text(item, "message"),
        observed if is_integer(observed) else None,
    )
