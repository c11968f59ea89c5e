"""The live view on a terminal of 24 rows: redrawn in place, no thread, given back at the end."""

from __future__ import annotations

import io
import sys
import threading

import pytest
from rich.console import Console

from bootstrap.events import Entry, Failed, Waiting
from bootstrap.observers.live import Live
from bootstrap.secret import Secret
from tests.observers.story import FAILED_RUN, START, began, entries

HIDE, SHOW, ALTERNATE = "\x1b[?25l", "\x1b[?25h", "\x1b[?1049h"


class Terminal:
    """A terminal that keeps what was written to it, in the pieces in which it was written."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.stream = io.StringIO()
        self.console = Console(
            file=self.stream, force_terminal=True, force_interactive=True, width=width, height=height, _environ={}
        )
        self.time = 0.0

    @property
    def written(self) -> str:
        return self.stream.getvalue()

    def live(self, interval_s: float = 0.0) -> Live:
        return Live(self.console, lambda: START + 100.0, interval_s=interval_s, monotonic=lambda: self.time)


def _play(live: Live, run: list[Entry]) -> None:
    for entry in run:
        live(entry)


def test_each_event_draws_a_frame_when_there_is_time() -> None:
    """Each frame names the rehearsal, so they can be counted."""
    terminal = Terminal()
    live = terminal.live()
    _play(live, FAILED_RUN[:5])
    assert terminal.written.count("no machine was touched") == 5
    live.close()


def test_events_close_together_are_drawn_together() -> None:
    """A flood of events costs one frame per interval; the end of the run is always drawn."""
    terminal = Terminal()
    live = terminal.live(interval_s=0.1)
    _play(live, FAILED_RUN[:-1])
    assert terminal.written.count("no machine was touched") == 1
    _play(live, FAILED_RUN[-1:])
    assert terminal.written.count("no machine was touched") == 2
    assert "1 failed, 1 blocked, 2 true" in terminal.written
    live.close()


def test_a_tick_draws_what_the_events_did_not() -> None:
    """Between two events the caller's tick moves the clock."""
    terminal = Terminal()
    live = terminal.live(interval_s=60.0)
    _play(live, entries((0.0, began("cni")), (1.0, Waiting("cni", "cilium 0/2 ready"))))
    assert "cilium 0/2 ready" not in terminal.written
    live.tick()
    assert "cilium 0/2 ready" in terminal.written
    live.close()


def test_a_frame_replaces_the_one_before_in_place() -> None:
    """As many rows up as the last frame had, and not one more; never by clearing the screen."""
    terminal = Terminal()
    live = terminal.live()
    _play(live, FAILED_RUN[:1])
    before = len(terminal.written)
    rows = terminal.written.count("\n") + 1
    live.tick()
    assert terminal.written[before:].count("\x1b[1A") == rows - 1
    assert "\x1b[2J" not in terminal.written
    live.close()


def test_no_frame_is_higher_than_the_terminal() -> None:
    """One row less than it has, or the top would scroll away."""
    terminal = Terminal(height=12)
    live = terminal.live()
    live(entries((0.0, began(*(f"step_{number}" for number in range(60)))))[0])
    assert terminal.written.count("\n") + 1 == 11
    live.close()


def test_it_has_no_thread() -> None:
    """Neither while it draws nor after it closed."""
    before = threading.enumerate()
    terminal = Terminal()
    live = terminal.live()
    _play(live, FAILED_RUN)
    assert threading.enumerate() == before
    live.close()
    assert threading.enumerate() == before


def test_close_gives_the_terminal_back_and_leaves_the_last_frame() -> None:
    """sys.stdout is what it was, the cursor shows, and the next line begins at the left."""
    stdout, stderr = sys.stdout, sys.stderr
    terminal = Terminal()
    live = terminal.live()
    _play(live, FAILED_RUN)
    live.close()
    assert (sys.stdout, sys.stderr) == (stdout, stderr)
    assert "cni failed: cilium 1/2 ready after 60 s" in terminal.written.rsplit("\x1b[1A", 1)[1]
    assert terminal.written.endswith(f"\n{SHOW}")


def test_close_may_be_called_again() -> None:
    """A second Ctrl-C closes what is closed already; nothing more is written, not by late events either."""
    terminal = Terminal()
    live = terminal.live()
    _play(live, FAILED_RUN[:3])
    live.close()
    written = terminal.written
    live.close()
    live.tick()
    _play(live, FAILED_RUN[3:])
    assert terminal.written == written


def test_close_before_any_event_writes_nothing() -> None:
    """A run that was refused before its start has no table."""
    terminal = Terminal()
    live = terminal.live()
    live.tick()
    live.close()
    assert terminal.written == ""


def test_an_interrupted_run_still_gives_the_terminal_back() -> None:
    """Whatever ends the run, the caller's finally closes the view."""
    stdout = sys.stdout
    live = Terminal().live()

    def interrupted() -> None:
        try:
            _play(live, FAILED_RUN[:3])
            raise KeyboardInterrupt
        finally:
            live.close()

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sys.stdout is stdout


def test_a_killed_process_leaves_a_usable_terminal() -> None:
    """kill -9 runs no close: at every moment the cursor shows, and the normal screen is the one in use."""
    terminal = Terminal()
    live = terminal.live()
    _play(live, FAILED_RUN[:3])
    assert terminal.written.rindex(SHOW) > terminal.written.rindex(HIDE)
    assert ALTERNATE not in terminal.written
    live.close()


def test_foreign_text_cannot_steer_the_terminal_and_secrets_do_not_show() -> None:
    """Escape sequences are taken out of reasons; a secret prints as <secret>."""
    terminal = Terminal()
    live = terminal.live()
    _play(
        live,
        entries(
            (0.0, began("a", "b")),
            (1.0, Waiting("a", "\x1b[2Jgone\x1b]0;owned\x07")),
            (2.0, Failed("b", Secret("canary-7f"), "look")),  # type: ignore[arg-type]
        ),
    )
    live.close()
    assert "\x1b[2J" not in terminal.written
    assert "owned" not in terminal.written
    assert "canary-7f" not in terminal.written
