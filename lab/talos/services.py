"""The services of a machine, each with the events that led to its state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

EVERYWHERE = ("apid", "containerd", "cri", "kubelet", "machined", "udevd")
CONTROL_PLANE = ("etcd", "trustd")


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """at: seconds since the epoch. state: Talos' word, such as "Preparing" or "Running"."""

    at: float
    state: str
    message: str


@dataclass(slots=True)
class Service:
    """healthy: None while nobody has looked."""

    id: str
    state: str = "Waiting"
    healthy: bool | None = None
    message: str = ""
    changed: float = field(default_factory=time.time)
    events: list[ServiceEvent] = field(default_factory=list)

    def become(self, state: str, message: str) -> None:
        self.state = state
        self.events.append(ServiceEvent(time.time(), state, message))

    def look(self, healthy: bool, message: str = "") -> None:
        """The health check's result; an event only where it is another one than the last."""
        if healthy == self.healthy:
            return
        self.healthy, self.message, self.changed = healthy, "" if healthy else message, time.time()
        said = "Health check successful" if healthy else f"Health check failed: {message}"
        self.events.append(ServiceEvent(self.changed, self.state, said))


@dataclass(slots=True)
class Services:
    """All services of one boot, by name."""

    all: dict[str, Service] = field(default_factory=dict)

    def wait(self, id: str, reason: str) -> None:
        self._service(id).become("Waiting", reason)

    def prepare(self, id: str) -> None:
        self._service(id).become("Preparing", "Running pre state")

    def run(self, id: str, healthy: bool | None = True) -> None:
        """It runs. healthy: None where that is found out later."""
        service = self._service(id)
        service.become("Running", f"Started task {id}")
        if healthy is not None:
            service.look(healthy)

    def finish(self, id: str, message: str) -> None:
        service = self._service(id)
        service.become("Finished", message)
        service.healthy = None

    def running(self, id: str) -> bool:
        return id in self.all and self.all[id].state == "Running"

    def healthy(self, id: str) -> bool:
        return self.running(id) and self.all[id].healthy is True

    def _service(self, id: str) -> Service:
        if id not in self.all:
            self.all[id] = Service(id)
        return self.all[id]
