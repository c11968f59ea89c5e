"""What a machine did since it booted: its events as the API streams them, and its log lines."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HappenedEvent:
    """kind: message name below package `machine`. values: that message's fields. actor: who asked for it."""

    id: int
    at: float
    kind: str
    values: dict[str, object]
    actor: str = ""


@dataclass(slots=True)
class History:
    events: list[HappenedEvent] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)
    _status: dict[str, object] = field(default_factory=dict)

    def status(self, stage: str, unmet: tuple[tuple[str, str], ...]) -> None:
        """MachineStatus as it is now: an event only where it is another one than the last."""
        conditions = [{"name": name, "reason": reason} for name, reason in unmet]
        values: dict[str, object] = {
            "stage": stage.upper().replace(" ", "_"),
            "status": {"ready": not unmet, "unmet_conditions": conditions},
        }
        if values != self._status:
            self._status = values
            self._add("MachineStatusEvent", values)

    def say(self, line: str) -> None:
        self.lines.append((time.time(), line))

    def sequence(self, name: str, actor: str) -> None:
        """A sequence ("reboot", "reset", ...) began."""
        self._add("SequenceEvent", {"sequence": name, "action": "START"}, actor)
        self.say(f"{name} sequence: start")

    def task(self, name: str, actor: str) -> None:
        """A task of a sequence began. talosctl waits for "stopAllServices" of a machine that will not come back."""
        self._add("TaskEvent", {"task": name, "action": "START"}, actor)

    def _add(self, kind: str, values: dict[str, object], actor: str = "") -> None:
        self.events.append(HappenedEvent(len(self.events), time.time(), kind, values, actor))
