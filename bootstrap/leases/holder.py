"""Who holds a lease: person, computer, process; and whether that process is surely gone."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bootstrap.errors import Refused
from bootstrap.journals.wall_time import spoken_time


@dataclass(frozen=True, slots=True)
class Holder:
    """machine: names this boot of this computer and its process numbers; "" where that cannot be known.

    started: when the process began, in the kernel's own count; with the pid it names one process and no later one.
    """

    who: str
    host: str
    machine: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class Tenure:
    """One holder's time in office. since, heartbeat: unix seconds by the store's clock; ttl_s: seconds it lasts."""

    holder: Holder
    fencing: int
    since: float
    heartbeat: float
    ttl_s: float
    released: bool = False

    @property
    def ends(self) -> float:
        """When it runs out, unless it is renewed."""
        return self.heartbeat + self.ttl_s


NOBODY = Holder("somebody", "an unknown computer", "", 0, "")


def this_process() -> Holder:
    """The holder that this process is."""
    pid = os.getpid()
    return Holder(_user(), socket.gethostname(), _machine(), pid, _started(pid))


def surely_gone(holder: Holder, here: Holder) -> bool:
    """True only when `holder` ran in this boot of this computer and its process has ended.

    Machine ids are cloned with virtual machines, boot ids with snapshots, and a pid means nothing in another
    container: all three must be the same. After a reboot nothing can be said, and the lease must run out.
    """
    if not holder.machine or holder.machine != here.machine:
        return False
    return _started(holder.pid) not in (holder.started, "?")


def refusal(subject: str, tenure: Tenure, now: float) -> Refused:
    """What an operator is told whose run came second. `subject`: e.g. "cluster main (real)"; `now`: unix seconds."""
    holder = tenure.holder
    return Refused(
        f"{subject} is being worked on by {holder.who} on {holder.host} (pid {holder.pid}) since "
        f"{spoken_time(tenure.since)}; last heartbeat {spoken_time(tenure.heartbeat)}, {_ago(now - tenure.heartbeat)}; "
        f"without another its lease runs out at {spoken_time(tenure.ends)}",
        "wait until that run has ended, or stop it there with Ctrl-C; if it was killed, try again when its lease has "
        "run out. `invoke status` and `invoke plan` need no lease",
    )


def to_json(holder: Holder) -> dict[str, object]:
    """The holder as JSON values; it names no secret."""
    return asdict(holder)


def from_json(values: Mapping[str, Any]) -> Holder:
    """What `to_json` took apart; a record that cannot be read gives NOBODY, which is never taken for gone."""
    try:
        return Holder(**values)
    except TypeError:
        return NOBODY


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s ago" if seconds >= 0 else f"{-seconds:.0f} s ahead of this clock: see both computers' time"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _machine() -> str:
    try:
        ids = [Path(p).read_text().strip() for p in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id")]
        return "/".join((*ids, str(Path("/proc/self/ns/pid").stat().st_ino)))
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Start time of a live process; "" when there is none; "?" when there is one that does not show it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    try:
        # proc(5): the name in brackets may hold anything; after it come state (field 3) ... start time (field 22).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "?"
    return "" if fields[0] in "ZX" else fields[19]
