"""`plan`: what a run would do and why, by one look at the world. Exit code 2 when changes are pending."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bootstrap.plan import Plan
from bootstrap.record import fold
from bootstrap.selection import Mode
from operations.drift import Difference, differences
from operations.looking import Seen, look_at_all
from operations.open_stage import open_stage
from operations.operator import Operator
from operations.prepared import planned, prepare
from operations.reading import entries_of
from operations.request import Request
from operations.table import table

DONE, FAILED, CHANGES_PENDING = 0, 1, 2


def show_plan(request: Request) -> int:
    """Print the plan. Returns 0 when nothing is to be done, 2 when something is, 1 when something cannot be."""
    prepared = prepare(request)
    stage = open_stage(prepared, Operator(prepared.cluster, ""), writing=False)
    try:
        site, plan = planned(prepared, stage.estate)
        memory = fold(entries_of(prepared.places, prepared.cluster.name, request.estate)).memory
        seen = stage.play(lambda: look_at_all(plan, memory))
        found = stage.play(lambda: differences(site, seen))
    finally:
        stage.close()
    write = as_json if request.format == "json" else as_text
    print(write(plan, seen, found, request.note), end="")
    return exit_code(seen, found)


def exit_code(seen: Mapping[str, Seen], found: tuple[Difference, ...]) -> int:
    """What `plan` ends with. Pure."""
    states = {look.state for look in seen.values()}
    if "cannot" in states:
        return FAILED
    return CHANGES_PENDING if states - {"true"} or found else DONE


def as_text(plan: Plan, seen: Mapping[str, Seen], found: tuple[Difference, ...], note: str = "") -> str:
    """A line a step, then the differences. note: stands first. Pure."""
    rows = [("step", "would", "why"), *((id, *_would(plan, id, seen.get(id))) for id in plan.graph.steps)]
    absent = [f"without {', '.join(plan.absent)}", ""] if plan.absent else []
    ends = [f"next: {look.next_action}" for look in seen.values() if look.next_action]
    diffs = [line for difference in found for line in ("", f"{difference.subject} differs from Git:", difference.text)]
    head = [note, ""] if note else []
    return "\n".join([*head, *absent, *table(rows), *ends, *diffs, "", _total(seen, found)]) + "\n"


def as_json(plan: Plan, seen: Mapping[str, Seen], found: tuple[Difference, ...], note: str = "") -> str:
    """{"note", "steps": [{step, mode, would, why}], "differences": [{subject, text}], "absent": [...]}. Pure."""
    steps = []
    for id, choice in plan.choices.items():
        would, why = _would(plan, id, seen.get(id))
        steps.append({"step": id, "mode": choice.mode.value, "would": would, "why": why})
    diffs = [{"subject": difference.subject, "text": difference.text} for difference in found]
    return json.dumps({"note": note, "steps": steps, "differences": diffs, "absent": list(plan.absent)}) + "\n"


def _would(plan: Plan, id: str, look: Seen | None) -> tuple[str, str]:
    choice = plan.choices[id]
    if look is None or choice.mode is Mode.SKIP:
        return "skip", choice.why
    if choice.mode is Mode.ACCEPT:
        return "accept", choice.why
    if look.state == "true":
        return "verify", "it is true" + "".join(f"; {text}" for text in look.exceptions)
    if look.state == "cannot":
        return "fail", look.sentence
    acts = plan.graph.steps[id].act is not None and choice.mode is Mode.RUN
    if look.state == "blocked":
        return ("run" if acts else "verify"), f"not known yet: {look.sentence}"
    return ("run" if acts and look.state == "to do" else "verify"), look.sentence


def _total(seen: Mapping[str, Seen], found: tuple[Difference, ...]) -> str:
    open_steps = sum(look.state != "true" for look in seen.values())
    if not open_steps and not found:
        return "Nothing is to be done: every step is true."
    drift = f", {len(found)} differ from Git" if found else ""
    return f"{open_steps} of {len(seen)} steps are not true yet{drift}."
