"""One bootstrap that is killed again and again: each run is killed at a moment at which none was killed before."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.commands.desk import Desk, Ended, Running
from tests.lab.whole.homelab import LAB

Moment = tuple[str, str]
"""A step's name without its node, and the kind of event: Acting is its act, Waiting and Holding are its gate."""

KINDS = {"Acting": "act", "Acted": "accepted", "Waiting": "gate", "Holding": "gate"}
DEPTHS_S = (0.0, 0.2, 0.5, 0.9)
"""How long after an act began it is killed, by turns: at the call, and in the middle of it."""
AT_THE_CALL = {"kubeconfig_fetched", "cluster_identity_pinned", "resources_applied", "crds_applied"}
"""Never killed later: what comes next begins at once, and would have acted unseen by then."""


@dataclass
class Walk:
    """wanted: whether a moment is one to be killed at. words: further ones of the command. killed: where it was."""

    desk: Desk
    wanted: Callable[[Moment], bool]
    words: tuple[str, ...] = ()
    killed: list[Moment] = field(default_factory=list)

    def to_the_end(self, most: int) -> Ended:
        """Run and kill until a run comes to its end; `most` kills are the most that it may take."""
        while len(self.killed) <= most:
            with self.desk.started("bootstrap", *LAB, "--format", "json", *self.words) as running:
                moment = self._next(running)
                if moment is None:
                    return running.end()
                self._kill(running, moment)
        raise AssertionError(f"no end after {len(self.killed)} kills: {self.killed}")

    def _next(self, running: Running) -> Moment | None:
        """The first new moment; None when the run ends before one."""
        found: list[Moment] = []

        def listen(line: str) -> bool:
            event = json.loads(line)
            moment = moment_of(event)
            if moment is not None and moment not in self.killed and self.wanted(moment):
                found.append(moment)
            return bool(found) or event["kind"] == "Summary"

        running.hear("a moment at which it was not killed yet, or its end", listen)
        return found[0] if found else None

    def _kill(self, running: Running, moment: Moment) -> None:
        if moment[1] == "act" and moment[0] not in AT_THE_CALL:
            time.sleep(DEPTHS_S[len(self.killed) % len(DEPTHS_S)])
        running.kill()
        self.killed.append(moment)


def moment_of(event: dict[str, Any]) -> Moment | None:
    """None for an event that is neither of an act nor of a gate."""
    kind = KINDS.get(event["kind"])
    return (event["step"].partition("[")[0], kind) if kind else None


def left_by(desk: Desk) -> list[str]:
    """Processes of this desk's commands that still run, grandchildren included; the lab's own have other marks."""
    marks = (f"FIRSTLIGHT_STATE={desk.state}\0".encode(), b"FIRSTLIGHT_COMMAND=")
    return [name for pid in _pids() if (name := _of_desk(pid, str(desk.state).encode(), marks))]


def _of_desk(pid: int, state: bytes, marks: Collection[bytes]) -> str:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
        ours = state in environ and any(mark in environ for mark in marks)
        return f"{pid} {Path(f'/proc/{pid}/cmdline').read_bytes().replace(bytes(1), b' ').decode()}" if ours else ""
    except OSError:
        return ""


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
