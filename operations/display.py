"""What the operator sees of a run: a live table on a terminal, plain lines elsewhere, JSON lines for machines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from bootstrap.clock import Clock
from bootstrap.events import Entry
from bootstrap.observers import Observer
from bootstrap.observers.json_lines import json_lines
from bootstrap.observers.live import Live
from bootstrap.observers.plain import plain


class Display:
    """An observer that knows where it prints. `step_aside` gives the terminal back, for a question."""

    def __init__(self, form: str, clock: Clock, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live: Live | None = None
        self._show: Observer
        if form == "json":
            self._show = json_lines(self._stream)
        elif self._stream.isatty():
            self._live = self._terminal(clock)
            self._show = self._live
        else:
            self._show = plain(self._stream)

    def __call__(self, entry: Entry) -> None:
        with self._reader_gone():
            self._show(entry)

    def tick(self) -> None:
        """Draw again: elapsed times go on between events."""
        live = self._live  # a prompt may take the terminal meanwhile
        if live is not None:
            with self._reader_gone():
                live.tick()

    def step_aside(self) -> None:
        """Leave the last frame where it is; what follows is printed as plain lines."""
        if self._live is not None:
            self._live.close()
            self._live, self._show = None, plain(self._stream)

    def close(self) -> None:
        """Give the terminal back."""
        if self._live is not None:
            with suppress(OSError):
                self._live.close()

    @contextmanager
    def _reader_gone(self) -> Iterator[None]:
        # a closed terminal or a `| head` stops no run: the journal has what is not shown any more
        try:
            yield
        except OSError:
            self._live, self._show = None, _unseen

    def _terminal(self, clock: Clock) -> Live:
        from rich.console import Console

        return Live(Console(file=self._stream), clock.wall)


def _unseen(_entry: Entry) -> None:
    """Show nothing."""
