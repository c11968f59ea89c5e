"""One look at the whole world: every gate of a plan asked once, in order. Nothing is done, nothing is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bootstrap.errors import classify
from bootstrap.memory import Memory
from bootstrap.plan import Plan
from bootstrap.selection import Mode
from bootstrap.step import Step
from bootstrap.verdict import Evidence, Holds, Never


@dataclass(frozen=True, slots=True)
class Seen:
    """state: true | to do | under way | blocked | cannot. evidence, exceptions: of a true one."""

    state: str
    sentence: str = ""
    next_action: str = ""
    evidence: Evidence | None = None
    exceptions: tuple[str, ...] = ()


async def look_at_all(plan: Plan, memory: Memory) -> Mapping[str, Seen]:
    """Step id -> what is true of it now, for every step that the plan walks.

    A step whose needs are not true is blocked: its gate could not even be asked.
    """
    seen: dict[str, Seen] = {}
    for id in plan.walked:
        missing = [need for need in plan.graph.needs[id] if need in seen and seen[need].state != "true"]
        if missing and plan.choices[id].mode is not Mode.ACCEPT:
            seen[id] = Seen("blocked", f"needs {missing[0]}")
        else:
            seen[id] = await _look(plan.graph.steps[id], memory)
    return seen


async def _look(step: Step, memory: Memory) -> Seen:
    try:
        verdict = await step.gate.observe(memory)
    except Exception as error:
        known = classify(error)
        return Seen("cannot", known.sentence, getattr(known, "next_action", ""))
    if isinstance(verdict, Holds):
        return Seen("true", evidence=verdict.evidence, exceptions=verdict.exceptions)
    if isinstance(verdict, Never):
        return Seen("cannot", verdict.reason, verdict.next_action)
    return Seen("under way" if verdict.underway else "to do", verdict.reason)
