"""One call of the API, as the functions that answer it see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.ports import ControlPlanes
from lab.talos.api import TalosApi
from lab.talos.machine import Machine


@dataclass(frozen=True, slots=True)
class Call:
    """request: the message, or an asynchronous iterator of them where the client streams.

    roles: of the client's certificate; empty in maintenance mode. machines: all of the lab, by name.
    """

    api: TalosApi
    machine: Machine
    machines: Mapping[str, Machine]
    request: Any
    roles: frozenset[str] = frozenset()

    def reply(self, message: str, **fields: Any) -> Any:
        """The answer of a unary call: its one message, in the envelope that carries one a node."""
        envelope = _ENVELOPES.get(message, f"{message}Response")
        return self.api.new(f"machine.{envelope}", messages=[self.api.new(f"machine.{message}", **fields)])

    def data(self, piece: bytes) -> Any:
        return self.api.new("common.Data", bytes=piece)

    @property
    def etcd(self) -> ControlPlanes:
        """Who runs its etcd. Raises GRPCError before etcd can be up, and where it is another cluster's."""
        if not self.machine.services.running("cri"):
            raise GRPCError(Status.UNAVAILABLE, "etcd does not answer: the container runtime is not up yet")
        if self.machine.ours is None:
            raise GRPCError(Status.UNAVAILABLE, "etcd of another cluster does not answer here")
        return self.machine.ours[0]

    def on_control_plane(self, name: str) -> None:
        """Raises GRPCError on a worker. name: the call in Talos' words."""
        if not self.machine.control_plane:
            raise GRPCError(Status.UNIMPLEMENTED, f"{name} is only available on control plane nodes")


_ENVELOPES = {"EtcdMembers": "EtcdMemberListResponse", "EtcdAlarm": "EtcdAlarmListResponse"}
"""Where the envelope is not called as its message."""

Unary = Callable[[Call], Awaitable[Any]]
Streaming = Callable[[Call], AsyncIterator[Any]]


def unknown(text: str) -> GRPCError:
    """An error that Talos gives no code."""
    return GRPCError(Status.UNKNOWN, text)
