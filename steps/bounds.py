"""The inventory's own deadlines and stability times, put on the steps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bootstrap.step import Step
from inventory.model import Limits
from inventory.problem import BadInput, Problem


def bounded(steps: Sequence[Step], limits: Limits, cluster: str) -> tuple[Step, ...]:
    """The steps with the inventory's bounds. Raises BadInput for a name that is no step's."""
    known = sorted({step.name for step in steps})
    unknown = [
        Problem(f"inventory/{cluster}.yaml", f"limits.{part}: there is no step {name!r}", f"one of {', '.join(known)}")
        for part, names in (("deadlines", limits.deadlines), ("stability", limits.stability))
        for name in names
        if name not in known
    ]
    if unknown:
        raise BadInput(unknown)
    return tuple(_bounded(step, limits) for step in steps)


def _bounded(step: Step, limits: Limits) -> Step:
    if step.name not in limits.stability and step.name not in limits.deadlines:
        return step
    gate = replace(step.gate, stability_s=limits.stability.get(step.name, step.gate.stability_s))
    return replace(step, gate=gate, deadline_s=limits.deadlines.get(step.name, step.deadline_s))
