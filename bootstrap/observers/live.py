"""A run on a terminal: one table that is redrawn in place, by events and by the caller's tick. No thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.live import Live as Screen
from rich.text import Text

from bootstrap.events import Entry, RunEnded
from bootstrap.observers.board import Board
from bootstrap.observers.frame import frame


class Live:
    """An observer. Call `tick` a few times a second, and `close` at the end, whatever the end is.

    console: the terminal. now: unix time by the clock that stamps the events (virtual in a rehearsal).
    interval_s: events closer together than this, by `monotonic`, are drawn together.
    """

    def __init__(
        self,
        console: Console,
        now: Callable[[], float],
        *,
        interval_s: float = 0.1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._now, self._interval_s, self._monotonic = console, now, interval_s, monotonic
        self._board = Board()
        self._screen = Screen(console=console, auto_refresh=False, get_renderable=self._frame)
        self._drawn_at = float("-inf")
        self._closed = False

    def __call__(self, entry: Entry) -> None:
        """Take one event in, and draw when the last frame is old enough."""
        self._board.see(entry)
        if isinstance(entry.event, RunEnded) or self._monotonic() - self._drawn_at >= self._interval_s:
            self.tick()

    def tick(self) -> None:
        """Draw now: elapsed times go on between events, and the terminal may have another size."""
        if self._closed or self._board.started is None:
            return
        if not self._screen.is_started:
            self._screen.start()
            self._console.show_cursor(True)  # a killed process must not leave the operator without a cursor
        self._drawn_at = self._monotonic()
        self._screen.refresh()

    def close(self) -> None:
        """Leave the last frame where it is and give the terminal back. May be called again, and without any event."""
        self._closed = True
        self._screen.stop()

    def _frame(self) -> Text:
        if self._board.started is None:
            return Text()
        size = self._console.size
        return frame(self._board, self._now(), size.width, max(size.height - 1, 1))
