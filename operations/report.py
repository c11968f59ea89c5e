"""The runs of one journal compared: a line a run, and each step's time side by side with the run before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bootstrap.events import Entry
from bootstrap.observers.words import REHEARSED, duration
from operations.showing import verdict, virtual
from operations.summary import as_json, when
from operations.table import table
from operations.timeline import StepTime, Timeline, timeline

WIDTH = 80
"""Cells of a terminal of which nothing is known."""


def runs(entries: Iterable[Entry]) -> Mapping[str, tuple[Entry, ...]]:
    """A journal's entries by run, the oldest run first."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.run, []).append(entry)
    return {run: tuple(of) for run, of in found.items()}


def report(found: Mapping[str, Sequence[Entry]], width: int = WIDTH) -> str:
    """All runs, oldest first, and the step times of the latest of them. found: as `runs` gives it. width: cells of a
    line, which bounds how many runs stand side by side."""
    lines = [timeline(entries) for entries in found.values()]
    if not lines:
        return "No run stands in this journal.\n"
    head = [f"{REHEARSED}; all times are the rehearsed world's own, not real ones", ""] if _rehearsed(lines) else []
    shown, steps = _side_by_side(lines, width)
    text = [*head, *table(list(_runs(lines))), "", *_legend(shown, lines), "", *steps]
    return "\n".join(text) + "\n"


def report_as_json(found: Mapping[str, Sequence[Entry]]) -> dict[str, object]:
    """{"runs": [each run as `as_json` gives it, with "changes": step -> seconds against an earlier run]}."""
    lines = [timeline(entries) for entries in found.values()]
    changes = _changes(lines)
    return {"runs": [as_json(line) | {"changes": change} for line, change in zip(lines, changes, strict=True)]}


def _side_by_side(lines: Sequence[Timeline], width: int) -> tuple[Sequence[Timeline], list[str]]:
    """As many of the latest runs as fit the width, one at least, and the table of their steps."""
    shown, steps = lines[-1:], table(list(_steps(lines[-1:], lines)))
    for count in range(2, len(lines) + 1):
        wider = table(list(_steps(lines[-count:], lines)))
        if max(map(len, wider)) > width:
            break
        shown, steps = lines[-count:], wider
    return shown, steps


def _rehearsed(lines: Sequence[Timeline]) -> bool:
    return any(virtual(line) for line in lines)


def _runs(lines: Sequence[Timeline]) -> Iterable[tuple[str, ...]]:
    yield "run", "started", "total", "outcome", "slowest steps"
    for line in lines:
        yield line.run, when(line.started), duration(line.seconds), verdict(line), _slowest(line)


def _slowest(line: Timeline) -> str:
    acted = sorted(_measured(line).items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{step} {duration(seconds)}" for step, seconds in acted) or "-"


def _legend(shown: Sequence[Timeline], lines: Sequence[Timeline]) -> list[str]:
    which = f"the latest {len(shown)} of {len(lines)} runs" if len(shown) < len(lines) else "all runs"
    return [
        f"Time of each step in {which}, with the change against the last earlier run that made it true.",
        "true: it was true already. -: it had no part. A word after a time: how it ended without becoming true.",
    ]


def _steps(shown: Sequence[Timeline], lines: Sequence[Timeline]) -> Iterable[tuple[str, ...]]:
    yield "step", *(line.run for line in shown)
    changes = list(_changes(lines))[-len(shown) :]
    by_run = [{step.step: step for step in line.steps} for line in shown]
    for step in dict.fromkeys(step.step for line in shown for step in line.steps):
        yield step, *(_cell(of.get(step), change.get(step)) for of, change in zip(by_run, changes, strict=True))


def _cell(step: StepTime | None, change: float | None) -> str:
    if step is None or step.outcome == "blocked":
        return "-" if step is None else "blocked"
    if step.outcome == "satisfied" and not step.waits:
        return "true"
    time = duration(step.seconds) if step.seconds is not None else ""
    if step.outcome not in ("done", "satisfied"):
        return f"{time} {step.outcome}".strip()
    return time if change is None else f"{time} ({'-' if change < 0 else '+'}{duration(abs(change))})"


def _measured(line: Timeline) -> dict[str, float]:
    """Seconds of the steps that became true in this run."""
    became = [step for step in line.steps if step.outcome == "done" or (step.outcome == "satisfied" and step.waits)]
    return {step.step: step.seconds for step in became if step.seconds is not None}


def _changes(lines: Sequence[Timeline]) -> Iterable[dict[str, float]]:
    """Per run: step -> seconds more (or less) than in the last earlier run that made it true."""
    earlier: dict[str, float] = {}
    for line in lines:
        measured = _measured(line)
        yield {step: seconds - earlier[step] for step, seconds in measured.items() if step in earlier}
        earlier |= measured
