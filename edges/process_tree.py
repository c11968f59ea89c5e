"""The processes of one command, grandchildren included: find them, end them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MARK = "FIRSTLIGHT_COMMAND"
"""Environment variable that a command and all that it starts inherit; it finds also what left the process group."""
_PROC = Path("/proc")
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Tree:
    """A command's processes. pid: of the command itself.

    own_session: it leads a session (and so a process group) of its own; else it shares the operator's.
    mark: the value of its MARK; "" when it has none.
    """

    pid: int
    own_session: bool
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc. start: clock ticks from boot to its start."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    start: int


def end(tree: Tree, grace_s: float) -> None:
    """TERM to all of the tree, KILL to what is left after grace_s seconds. Returns when they are gone (5 s at most)."""
    if not _gone(tree, signal.SIGTERM, grace_s):
        _gone(tree, signal.SIGKILL, 5.0)


def end_remains(tree: Tree, grace_s: float) -> None:
    """The command has ended: end what it left behind in its own group. Costs one system call when there is nothing."""
    if not tree.own_session:
        return
    try:
        os.killpg(tree.pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        return
    if members(tree):
        end(tree, grace_s)


def members(tree: Tree) -> list[int]:
    """Pids of the tree that still run. Zombies have ended."""
    processes = [p for p in snapshot() if p.state not in "ZX" and p.pid != os.getpid()]
    if not tree.own_session:
        return _descendants(tree.pid, processes)
    return [p.pid for p in processes if tree.pid in (p.session, p.group) or (tree.mark and marked(p.pid, tree.mark))]


def snapshot() -> Iterator[Process]:
    """All processes of this computer; nothing where there is no /proc (macOS: groups alone are ended there)."""
    for entry in os.scandir(_PROC) if _PROC.is_dir() else ():
        if entry.name.isdigit() and (process := look(int(entry.name))) is not None:
            yield process


def look(pid: int) -> Process | None:
    """One process; None when there is none. Fields of /proc/pid/stat as in proc_pid_stat(5)."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Process(pid, fields[0], int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]))


def marked(pid: int, mark: str) -> bool:
    """Whether the process inherited the mark. Always False for processes of other users."""
    try:
        return f"{MARK}={mark}".encode() in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _descendants(pid: int, processes: Iterable[Process]) -> list[int]:
    by_parent: dict[int, list[int]] = {}
    alive = set()
    for process in processes:
        alive.add(process.pid)
        by_parent.setdefault(process.parent, []).append(process.pid)
    found = [pid]
    for parent in found:
        found.extend(by_parent.get(parent, ()))
    return [each for each in found if each in alive]


def _gone(tree: Tree, number: signal.Signals, patience_s: float) -> bool:
    """Signal all of the tree and wait for its end; processes that appear meanwhile get the signal as well."""
    until, told = time.monotonic() + patience_s, set[int]()
    if tree.own_session:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(tree.pid, number)
    while alive := members(tree):
        for pid in set(alive) - told:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        told.update(alive)
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_S)
    return True
