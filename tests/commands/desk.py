"""The operator's desk: commands as they are typed, each a process of its own, with state and home of the test's own."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
MAIN = ("--cluster", "main", "--estate", "rehearsal")
STAGING = ("--cluster", "staging", "--estate", "rehearsal")
NOT_OURS = ("FIRSTLIGHT", "XDG", "COV", "PYTHON")
"""Variables of whoever runs the tests; an operator's Python buffers its output and keeps what it compiles."""
LONGEST_S = 120.0
"""What no command takes, however busy the machine is."""


@dataclass(frozen=True)
class Ended:
    """A command that ran to its end."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def end_of_it(self) -> str:
        """The last lines of both, for a failing test."""
        return "\n".join([*self.out.splitlines()[-8:], *self.err.splitlines()[-8:]])


@dataclass(frozen=True)
class Desk:
    """state: what FIRSTLIGHT_STATE names. home: the operator's. root: where the commands are typed.

    more: added to the environment. longest_s: what no command takes, however busy the machine is.
    """

    state: Path
    home: Path
    root: Path = REPOSITORY
    more: Mapping[str, str] = field(default_factory=dict)
    longest_s: float = LONGEST_S

    @property
    def folder(self) -> Path:
        """The state of main's rehearsal."""
        return self.state / "main" / "rehearsal"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.sqlite"

    @property
    def world(self) -> Path:
        return self.folder / "world.json"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        return own | {
            "HOME": str(self.home),
            "FIRSTLIGHT_STATE": str(self.state),
            "PYTHONPYCACHEPREFIX": _bytecode(),
            **self.more,
        }

    def run(self, *words: str) -> Ended:
        """Type a command and wait for its end."""
        done = subprocess.run(
            typed(*words),
            cwd=self.root, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=self.longest_s, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(self, *words: str) -> Iterator[Running]:
        """Type a command and go on; it is killed at the end of the block if it still runs."""
        process = subprocess.Popen(
            typed(*words),
            cwd=self.root, env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        running = Running(process, " ".join(words), self.longest_s)
        try:
            yield running
        finally:
            running.kill()

    def left_behind(self) -> list[int]:
        """Processes that were started from this desk and still run."""
        mark = f"FIRSTLIGHT_STATE={self.state}\0".encode()
        return [pid for pid in _pids() if mark in _environ(pid)]


def typed(*words: str) -> list[str]:
    """The command line of a command."""
    return [sys.executable, "-m", "invoke", *words]


class Running:
    """A command that is under way; its lines are heard as they come."""

    def __init__(self, process: subprocess.Popen[str], name: str, longest_s: float = LONGEST_S) -> None:
        self.process, self.name, self.longest_s = process, name, longest_s
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._heard: queue.Queue[str | None] = queue.Queue()
        self._listeners = [threading.Thread(target=listen, daemon=True) for listen in (self._listen, self._listen_err)]
        for listener in self._listeners:
            listener.start()

    def hear(self, what: str, wanted: Callable[[str], bool]) -> str:
        """Wait for a line of the output. what: it in words, for the test that waits in vain."""
        ends = time.monotonic() + self.longest_s
        while True:
            try:
                line = self._heard.get(timeout=max(ends - time.monotonic(), 0.01))
            except queue.Empty:
                waited = f"{self.name}: waited {self.longest_s:.0f} s for {what}; {self._so_far()}"
                raise AssertionError(waited) from None
            if line is None:
                raise AssertionError(f"{self.name}: ended before {what}; {self._so_far()}")
            if wanted(line):
                return line

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Ended:
        """Wait for its end."""
        try:
            code = self.process.wait(self.longest_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name}: waited {self.longest_s:.0f} s for its end; {self._so_far()}") from None
        for listener in self._listeners:
            listener.join(self.longest_s)
        return Ended(code, "".join(self.lines), "".join(self.errors))

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait(self.longest_s)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._heard.put(line)
        self._heard.put(None)

    def _listen_err(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def _so_far(self) -> str:
        return f"so far it said: {''.join(self.lines[-5:])}{''.join(self.errors[-5:])}"


def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait for something outside of a command's output. what: it in words, for the test that waits in vain."""
    ends = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < ends, f"waited {LONGEST_S:.0f} s for {what}"
        time.sleep(0.005)


@functools.cache
def _bytecode() -> str:
    """Where this session's commands keep compiled files: as an operator's second command, they compile nothing."""
    folder = tempfile.mkdtemp(prefix="firstlight-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes; folders have None. What vanishes while a command runs is left out."""
    found: dict[str, bytes | None] = {}
    for place, folders, files in os.walk(folder):  # unlike rglob, it bears a folder that is gone when its turn comes
        here = Path(place).relative_to(folder)
        found |= {str(here / name): None for name in folders}
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                found[str(here / name)] = (Path(place) / name).read_bytes()
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
