"""One frame of the live view: a head, a row a step name, cut to the terminal's width and height. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.text import Text

from bootstrap.observers.board import BROKEN, FINISHED, IDLE, Board
from bootstrap.observers.rows import URGENCY, Row, fit, rows
from bootstrap.observers.words import REHEARSAL, REHEARSED, counted, duration, one_line

_COLOURS = {
    "failed": "bold red", "refused": "bold red", "stopped": "red", "blocked": "red", "retry": "yellow",
    "partly": "yellow", "accepted": "yellow", "demoted": "yellow", "done": "green", "satisfied": "green",
    "pending": "dim",
}  # fmt: skip
_GOING = "cyan"


def frame(board: Board, now: float, width: int, height: int) -> Text:
    """At most `height` lines of at most `width` cells. now: unix time by the clock of the events."""
    ends = board.ended if board.ended is not None else now
    head = [*_head(board, ends, width), *_foremost(board, width)]
    table = rows(board, ends)
    shown, closing = fit(table, max(height - len(head), 1))
    names = min(max((len(row.name) for row in table), default=0), max(width // 3, 8))
    lines = [*head, *(_line(row, names, width) for row in shown), *(Text(line, style="dim") for line in closing)]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Text("\n", no_wrap=True, end="").join(lines[:height])


def _head(board: Board, now: float, width: int) -> list[Text]:
    rehearsed = board.estate == REHEARSAL
    elapsed = duration(now - (board.started if board.started is not None else now))
    parts = [
        one_line(board.cluster) if rehearsed else one_line(f"{board.cluster} on the {board.estate} estate"),
        f"run {one_line(board.run)}",
        f"{elapsed} (virtual)" if rehearsed else elapsed,
        f"lease reaches {one_line(board.reach)}",
    ]
    if board.absent:
        parts.append(f"without {', '.join(board.absent)}")
    banner = wrap(REHEARSED, width) if rehearsed else []
    return [
        *(Text(line, style="bold magenta") for line in banner),
        *(Text(line, style="bold") for line in _flow(parts, width)),
        Text(_counts(board)),
    ]


def _foremost(board: Board, width: int) -> list[Text]:
    """The most urgent reason in full (its row may cut it), on at most two lines."""
    told = [(id, step) for id, step in board.steps.items() if step.reason and step.state not in FINISHED | IDLE]
    if not told:
        return []
    id, step = min(told, key=lambda pair: (URGENCY.index(pair[1].state), pair[1].started or 0.0))
    lines = wrap(f"{id} {step.state}: {step.reason}", width, max_lines=2, placeholder="...")
    return [Text(line, style=_COLOURS.get(step.state, _GOING)) for line in lines]


def _flow(parts: Sequence[str], width: int) -> Iterable[str]:
    """The parts, comma-separated, on as many lines as they need."""
    line = ""
    for part in parts:
        if line and len(line) + 2 + len(part) > width:
            yield line
            line = part
        else:
            line = f"{line}, {part}" if line else part
    yield line


def _counts(board: Board) -> str:
    found = Counter(_count_as(step.state) for step in board.steps.values())
    order = ("failed", "stopped", "blocked", "going on", "to come", "true")
    return f"steps: {counted({what: found[what] for what in order} | {'left out': board.skipped})}"


def _count_as(state: str) -> str:
    if state in FINISHED:
        return "true"
    if state in BROKEN | IDLE:
        return {"refused": "failed", "pending": "to come"}.get(state, state)
    return "going on"


def _line(row: Row, names: int, width: int) -> Text:
    line = Text(f"{row.name[:names]:<{names}} ")
    state = f"{row.state} x{row.attempt}" if row.attempt > 1 else row.state
    line.append(f"{state:<10} ", style=_COLOURS.get(row.state, _GOING))
    took = duration(row.seconds) if row.seconds is not None else ""
    line.append(f"{took:>7}  ", style="dim")
    return line.append(row.detail if len(row.detail) <= width - line.cell_len else row.short)
