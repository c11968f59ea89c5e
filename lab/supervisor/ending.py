"""Ending a lab: it is asked first, then killed; and what was said to be ended is looked for."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from bootstrap.errors import Permanent
from edges.process_tree import snapshot
from lab.place import LabPlace
from lab.supervisor.alone import alone
from lab.supervisor.control import NotStanding, ask
from lab.supervisor.record import Record, living

ANSWER_S = 5.0
ASKED_S = 20.0
KILLED_S = 10.0
_POLL_S = 0.05


class NotDown(Permanent):
    """Something of the lab still runs."""


def down(place: LabPlace, tell: Callable[[str], None]) -> bool:
    """End all of the lab and remove its folder. Returns whether there was one. Raises NotDown."""
    with alone(place, tell):
        record = living(place)
        if record is not None:
            _end(place, record, tell)
        stood = record is not None or place.folder.exists()
        shutil.rmtree(place.folder, ignore_errors=True)
        return stood


def _end(place: LabPlace, record: Record, tell: Callable[[str], None]) -> None:
    processes = process_namespace(record.pid)
    if not _asked(place, tell) or not _until(lambda: not record.alive, ASKED_S):
        tell("the lab does not end by itself: it is killed")
        _kill(record)
    if not _until(lambda: not record.alive and not of_namespace(processes), KILLED_S):
        raise NotDown(
            f"processes of the lab still run: {[record.pid, *of_namespace(processes)]}",
            "end them by hand (kill -9), then run the same command again",
        )


def _asked(place: LabPlace, tell: Callable[[str], None]) -> bool:
    try:
        uses = ask(place.socket, "down", timeout_s=ANSWER_S)["uses"]
    except NotStanding:
        return False
    if uses:
        tell(f"commands and shells inside: {uses}; nothing answers them any more")
    return True


def process_namespace(holder: int) -> int:
    """The process namespace of the lab that this process holds, by its inode; 0 when nothing runs in it yet."""
    family, own = {holder}, _namespace(holder)
    for process in sorted(snapshot(), key=lambda process: process.start):
        if process.parent in family:
            family.add(process.pid)
            if (other := _namespace(process.pid)) not in (0, own):
                return other
    return 0


def of_namespace(processes: int) -> dict[int, int]:
    """All processes of a process namespace, given by its inode: their ids here, and their ids inside."""
    return {
        process.pid: _inside(process.pid)
        for process in snapshot()
        if processes and process.state not in "ZX" and _namespace(process.pid) == processes
    }


def _namespace(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/ns/pid").st_ino
    except OSError:  # it ended, or is another user's
        return 0


def _inside(pid: int) -> int:
    with suppress(OSError, StopIteration), open(f"/proc/{pid}/status") as status:
        return int(next(line for line in status if line.startswith("NSpid:")).split()[-1])
    return 0


def _until(true: Callable[[], bool], patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_S)
    return True


def _kill(record: Record) -> None:
    """Of the process of the record alone: its descriptor is taken first, and looked at then."""
    with suppress(ProcessLookupError):
        process = os.pidfd_open(record.pid)
        try:
            if record.alive:
                signal.pidfd_send_signal(process, signal.SIGKILL)
        finally:
            os.close(process)
