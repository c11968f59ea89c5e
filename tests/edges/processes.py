"""Real processes for tests: stubborn families, their pids, and waiting for what the system does in its own time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edges import process_tree

ROOT = Path(__file__).parents[2]

STUBBORN = """
trap '' TERM
sh -c 'trap "" TERM; echo $$ > grandchild; exec sleep 300' &
setsid sh -c 'trap "" TERM; echo $$ > escaped; exec sleep 300' &
echo $$ > child
wait
sleep 300
"""
"""A shell script: a child, a grandchild and one that left the session; none of them heeds TERM."""

FAMILY = ("child", "grandchild", "escaped")


def wait_until(true: Callable[[], object], why: str, patience_s: float = 30.0) -> None:
    """Poll until it is true; a test that waits in vain fails with `why`."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until, f"waited in vain: {why}"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether the process is there; a zombie has ended."""
    process = process_tree.look(pid)
    return process is not None and process.state not in "ZX"


def children_of(pid: int) -> list[int]:
    """Pids of its children. A child belongs to the thread that started it, and threads come and go."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def family(folder: Path) -> dict[str, int]:
    """Pids of STUBBORN by role, once all have written them."""
    wait_until(lambda: all(_pid(folder / role) for role in FAMILY), f"the family in {folder} starts")
    return {role: _pid(folder / role) for role in FAMILY}


def _pid(path: Path) -> int:
    text = path.read_text() if path.exists() else ""
    return int(text) if text.endswith("\n") else 0


@contextmanager
def script(text: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python program of its own that can import the project, in `folder`; killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", text, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def mourning(folder: Path) -> Iterator[None]:
    """End what a failed test would leave of a family."""
    try:
        yield
    finally:
        for role in FAMILY:
            if pid := _pid(folder / role):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
