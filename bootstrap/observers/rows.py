"""The rows of the live view: the steps of one name folded into one, and which rows a small terminal shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bootstrap.observers.board import BROKEN, FINISHED, IDLE, Board, StepNow

URGENCY = (
    "failed", "refused", "stopped", "retry", "waiting", "demoted", "acting", "acted", "holding", "verifying",
    "blocked", "pending", "partly", "accepted", "done", "satisfied",
)  # fmt: skip
"""The states of a step, what the operator must see first at the front."""
_OK = {"done": "ok", "satisfied": "ok"}


@dataclass(frozen=True, slots=True)
class Row:
    """All steps of one name. state: the most urgent of them. seconds: from the first start to the last end, or now;
    None: not started. detail: the reason, and per-node marks where there are nodes. short: the same in fewer words."""

    name: str
    state: str
    attempt: int
    seconds: float | None
    ended: float
    detail: str
    short: str


def rows(board: Board, now: float) -> list[Row]:
    """One row a step name, in the plan's order. now: unix time."""
    groups: dict[str, list[StepNow]] = {}
    for step in board.steps.values():
        groups.setdefault(step.name, []).append(step)
    return [_row(name, group, now) for name, group in groups.items()]


def fit(table: Sequence[Row], height: int) -> tuple[list[Row], list[str]]:
    """The rows to show and the closing lines that count the others, together at most `height` lines (at least 1).

    All rows in the plan's order when they fit. Otherwise what is broken, then what is going on, then what is to come,
    then the latest done.
    """
    if len(table) <= height:
        return list(table), []
    ranked = sorted(table, key=_rank)
    for closing in (1, 2):
        cut = max(height - closing, 0)
        lines = _closing(ranked[cut:])
        if len(lines) <= closing:
            break
    return ranked[:cut], lines[:height]


def _rank(row: Row) -> tuple[int, float]:
    if row.state in FINISHED:
        return 3, -row.ended
    return (0 if row.state in BROKEN else 2 if row.state in IDLE else 1), 0


def _closing(hidden: Sequence[Row]) -> list[str]:
    done = [row.name for row in hidden if row.state in FINISHED]
    rest = [row.name for row in hidden if row.state not in FINISHED]
    lines = [f"and {len(rest)} more not done: {', '.join(rest)}"] if rest else []
    return [*lines, f"and {len(done)} more done: {', '.join(reversed(done))}"] if done else lines


def _row(name: str, group: Sequence[StepNow], now: float) -> Row:
    worst = min(group, key=lambda step: URGENCY.index(step.state))
    starts = [step.started for step in group if step.started is not None]
    over = all(step.ended is not None or step.state == "blocked" for step in group)
    ended = max((step.ended for step in group if step.ended is not None), default=0.0)
    seconds = (ended if over else now) - min(starts) if starts else None
    return Row(
        name,
        worst.state,
        max(step.attempt for step in group),
        seconds,
        ended,
        _detail(group, worst),
        _short(group, worst),
    )


def _detail(group: Sequence[StepNow], worst: StepNow) -> str:
    if worst.node is None:
        return worst.reason
    marks = ", ".join(f"{' '.join(nodes)} {mark}" for mark, nodes in _marks(group).items())
    return f"{marks}: {worst.reason}" if worst.reason else marks


def _short(group: Sequence[StepNow], worst: StepNow) -> str:
    if worst.node is None:
        return worst.reason
    *others, (mark, nodes) = _marks(group).items()
    which = " ".join(nodes) if len(nodes) < 3 else f"{len(nodes)} nodes"
    beside = ", ".join(f"{len(of)} {other}" for other, of in others)
    return f"{which} {mark}" + (f" ({beside})" if beside else "") + (f": {worst.reason}" if worst.reason else "")


def _marks(group: Iterable[StepNow]) -> dict[str, list[str]]:
    """The nodes by state, the most urgent last, so that its reason stands beside it: "k8s-1 ok, k8s-2 waiting"."""
    marked: dict[str, list[str]] = {}
    for step in sorted(group, key=lambda step: -URGENCY.index(step.state)):
        marked.setdefault(_OK.get(step.state, step.state), []).append(step.node or "")
    return marked
