"""Real labs in folders of a test's own; none of their processes outlives the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edges.process_tree import look
from inventory.load import load_cluster
from inventory.model import Cluster
from lab.place import LabPlace
from lab.supervisor.control import ask
from lab.supervisor.ending import of_namespace, process_namespace
from lab.supervisor.record import Record, living
from lab.supervisor.starting import Wish, up

REPOSITORY = Path(__file__).parents[3]
LONGEST_S = 60.0
COMPOSITIONS = "tests.lab.supervisor.compositions"


@dataclass
class TestLab:
    """state: what FIRSTLIGHT_STATE would be. told: what its starter was told."""

    __test__ = False
    state: Path
    name: str = "main"
    told: list[str] = field(default_factory=list)

    @property
    def place(self) -> LabPlace:
        return LabPlace(self.state / self.name / "lab" / "world")

    @property
    def cluster(self) -> Cluster:
        return load_cluster(self.name, REPOSITORY)

    def up(self, what: str = "web", idle_s: float = 600.0) -> Record:
        wish = Wish(programs=(), idle_s=idle_s, patience_s=LONGEST_S, compose=f"{COMPOSITIONS}:{what}")
        return up(self.place, self.cluster, REPOSITORY, wish, self.told.append)

    def processes(self) -> dict[int, int]:
        """Of the lab that stands: ids here, and ids inside."""
        record = living(self.place)
        return of_namespace(process_namespace(record.pid)) if record else {}

    def outer(self, inside: int) -> int:
        """The id here of the process that has this one inside."""
        return next(pid for pid, other in self.processes().items() if other == inside)

    def status(self) -> dict[str, Any]:
        return ask(self.place.socket, "status")

    def program(self, name: str) -> dict[str, Any]:
        """A program as the status shows it."""
        return next(program for program in self.status()["programs"] if program["name"] == name)

    def joined(self, *argv: str, **more: str) -> list[str]:
        """The command line of a command that goes inside."""
        code = (
            "import sys; from pathlib import Path; from lab.place import LabPlace;"
            "from lab.supervisor.joining import join;"
            f"join(LabPlace(Path(sys.argv[1])), sys.argv[3:], Path(sys.argv[2]), {more!r})"
        )
        return [sys.executable, "-c", code, str(self.place.folder), str(self.state), *argv]

    def inside(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """A command inside, to its end."""
        return subprocess.run(
            self.joined(*argv), cwd=REPOSITORY, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )

    def mentioned(self) -> list[int]:
        """All processes of this computer that have this lab's folder in their words or environment."""
        mark = os.fsencode(self.state)
        return [pid for pid in _pids() if mark in _said(pid, "cmdline") + _said(pid, "environ")]


@contextmanager
def a_lab(state: Path, name: str = "main") -> Iterator[TestLab]:
    """A lab that is not up yet. At the end all of it is killed; a test that ends it looks itself."""
    lab = TestLab(state, name)
    try:
        yield lab
    finally:
        for pid in lab.mentioned():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not lab.mentioned(), "all processes of the test are gone")


def until(true: Callable[[], object], what: str) -> None:
    """Wait until it is true."""
    ends = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < ends, f"waited in vain until {what}"
        time.sleep(0.05)


def running(pids: Iterable[int]) -> list[int]:
    """Those that live. Zombies have ended."""
    found = [(pid, look(pid)) for pid in pids]
    return [pid for pid, process in found if process is not None and process.state not in "ZX"]


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != os.getpid()]


def _said(pid: int, what: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{what}").read_bytes()
    return b""
