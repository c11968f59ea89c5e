"""A run as plain lines, for what is not a terminal: one line an event, no colour."""

from __future__ import annotations

from typing import TextIO

from bootstrap.events import Entry, Failed, RunStarted, Waiting
from bootstrap.observers import Observer
from bootstrap.observers.telling import RUN, tell
from bootstrap.observers.words import encodable, one_line

_STATE = 9
_WIDEST = 44


def plain(stream: TextIO) -> Observer:
    """Writes `  12.3s  step  state  sentence` a line: time since the run's start, then what changed.

    A Waiting whose sentence is the one already printed for its step is left out. After a Failed comes a line with the
    next action.
    """
    lines = _Lines()

    def observe(entry: Entry) -> None:
        for line in lines.of(entry):
            stream.write(encodable(line.rstrip() + "\n", stream.encoding))
        stream.flush()

    return observe


class _Lines:
    """What must be remembered between lines: the run's start, the widest step, the last reasons."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._width = len(RUN)
        self._reasons: dict[str, str] = {}

    def of(self, entry: Entry) -> list[str]:
        event = entry.event
        self._remember_start(entry)
        told = tell(event)
        if isinstance(event, Waiting) and self._reasons.get(event.step) == told.sentence:
            return []
        self._reasons[told.subject] = told.sentence if isinstance(event, Waiting) else ""
        lines = [self._line(entry, *told)]
        if isinstance(event, Failed):
            lines.append(self._line(entry, told.subject, "next", one_line(event.next_action)))
        return lines

    def _remember_start(self, entry: Entry) -> None:
        if isinstance(entry.event, RunStarted):
            self._start = entry.at
            self._width = min(_WIDEST, max(len(word) for word in (RUN, *entry.event.modes)))

    def _line(self, entry: Entry, subject: str, state: str, sentence: str) -> str:
        if self._start is None:
            self._start = entry.at
        seconds = f"{entry.at - self._start:.1f}s"
        return f"{seconds:>8}  {subject:<{self._width}}  {state:<{_STATE}}  {sentence}"
