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

    def stage(self, stage: str, ready: bool) -> None:
        name = stage.upper().replace(" ", "_")
        if name != "OFF":
            self._add("MachineStatusEvent", {"stage": name, "status": {"ready": ready}})
        self.lines.append((time.time(), f"machine is {stage}"))

    def sequence(self, name: str, actor: str, stopped: bool = False) -> None:
        """A sequence ("reboot", "reset", ...) began or ended."""
        action = "STOP" if stopped else "START"
        self._add("SequenceEvent", {"sequence": name, "action": action}, actor)
        self.lines.append((time.time(), f"{name} sequence: {action.lower()}"))

    def _add(self, kind: str, values: dict[str, object], actor: str = "") -> None:
        self.events.append(HappenedEvent(len(self.events), time.time(), kind, values, actor))
