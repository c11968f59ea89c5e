"""A real terminal (pty) at the desk: keys are typed into it, and Ctrl-C is a key, as it is for the operator."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.commands.desk import LONGEST_S, Desk, typed

CTRL_C = "\x03"
LINES, COLUMNS = 50, 140
_OWN = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""The command becomes the first process of this terminal: then Ctrl-C and a closed window reach it."""


@dataclass
class Terminal:
    """process: of the command. shown: all that it wrote, escape sequences too. settings: the terminal's, at first.

    longest_s: what no command takes.
    """

    process: subprocess.Popen[bytes]
    keys: int
    far_end: int
    settings: list[Any]
    longest_s: float
    shown: str = ""
    _closed: bool = field(default=False, repr=False)

    def see(self, words: str) -> None:
        """Wait until these words were shown."""
        ends = time.monotonic() + self.longest_s
        while words not in self.shown:
            assert self._read(ends - time.monotonic()), (
                f"waited for {words!r}; the terminal shows {self.shown[-1500:]!r}"
            )

    def type(self, keys: str) -> None:
        os.write(self.keys, keys.encode())

    def end(self) -> int:
        """Read on until the command has ended; its exit code."""
        ends = time.monotonic() + self.longest_s
        while self.process.poll() is None:
            self._read(0.1)
            assert time.monotonic() < ends, f"waited for the end; the terminal shows {self.shown[-1500:]!r}"
        while self._read(0):
            pass
        return self.process.returncode

    def usable(self) -> bool:
        """Whether the terminal is as it was: echo, line editing and signals as at first, a cursor that is seen."""
        cursor_seen = self.shown.rfind("\x1b[?25h") >= self.shown.rfind("\x1b[?25l")
        return cursor_seen and termios.tcgetattr(self.far_end) == self.settings and self.shown.endswith("\n")

    def close(self) -> None:
        """Close the window: the command is hung up."""
        if not self._closed:
            self._closed = True
            os.close(self.far_end)
            os.close(self.keys)

    def _read(self, wait_s: float) -> bool:
        if not select.select([self.keys], [], [], max(wait_s, 0))[0]:
            return False
        with suppress(OSError):  # EIO: nobody has the terminal open any more
            self.shown += os.read(self.keys, 65536).decode(errors="replace")
            return True
        return False


@contextmanager
def on_terminal(desk: Desk, *words: str) -> Iterator[Terminal]:
    """Type a command on a terminal of its own; at the end of the block it is killed if it still runs."""
    keys, far_end = pty.openpty()
    termios.tcsetwinsize(far_end, (LINES, COLUMNS))
    settings = termios.tcgetattr(far_end)
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN, *typed(*words)],
        cwd=desk.root, env=desk.environ | {"TERM": "xterm-256color"}, stdin=far_end, stdout=far_end, stderr=far_end,
        start_new_session=True,
    )  # fmt: skip
    terminal = Terminal(process, keys, far_end, settings, desk.longest_s)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait(LONGEST_S)
        terminal.close()
