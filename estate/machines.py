"""Machines: what a node answers, and the calls that change it (Talos API)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bootstrap.secret import Secret
from inventory.model import Node


class State(StrEnum):
    """What a machine is to us. A machine that is ours is BOOTING or RUNNING."""

    ABSENT = "absent"
    MAINTENANCE = "maintenance"
    FOREIGN = "foreign"
    BOOTING = "booting"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Disk:
    """content: None for an empty disk, else what was found: "talos", "ceph" or another word for data."""

    path: str
    size_bytes: int
    model: str
    serial: str
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One look at a machine. What could not be read is empty. unmet: MachineStatus' unmet conditions.

    holds_etcd: its etcd data directory is not empty. time_synced: its clock is in sync.
    talos_version: of the image that runs.
    """

    state: State
    macs: tuple[str, ...] = ()
    disks: tuple[Disk, ...] = ()
    talos_version: str = ""
    stage: str = ""
    ready: bool = False
    unmet: tuple[str, ...] = ()
    hostname: str = ""
    holds_etcd: bool = False
    time_synced: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """One etcd member as one node reports it. address: its peer address."""

    id: str
    hostname: str
    address: str
    learner: bool = False


@dataclass(frozen=True, slots=True)
class Etcd:
    """etcd as one node reports it. running: the service runs and is healthy. leader: id of the leader, "" if none."""

    running: bool
    cluster_id: str = ""
    members: tuple[Member, ...] = ()
    leader: str = ""


class Machines(Protocol):
    """Calls go to one node each. They raise Transient, Permanent or Refused by the table of the Talos edge."""

    async def look(self, node: Node) -> Machine:
        """Probe with our credentials, then the insecure port. Never raises for a machine that does not answer."""

    def changes(self, nodes: Sequence[Node]) -> AsyncIterator[object]:
        """Yields whenever one of the nodes may have changed."""

    async def difference(self, node: Node, config: Secret) -> str:
        """What applying would change, as a diff with secrets masked; "" when nothing."""

    async def apply(self, node: Node, config: Secret) -> None:
        """Apply a machine config: insecure in maintenance mode, with our credentials otherwise. Does not wait."""

    async def bootstrap_etcd(self, node: Node) -> None:
        """Ask one control plane to begin etcd. AlreadyExists raises Transient ("ask, do not trust")."""

    async def etcd(self, node: Node) -> Etcd:
        """etcd as this control plane sees it. Raises Transient when it does not answer."""

    async def kubeconfig(self, node: Node) -> Secret:
        """An admin kubeconfig for the cluster."""


class Talos(Protocol):
    async def merge(self, base: Secret, patch: Secret) -> Secret:
        """The machine config that `talosctl machineconfig patch` makes of a base config and a node's patch."""

    async def validate(self, config: Secret) -> tuple[str, ...]:
        """Sentences about what is wrong with a machine config; empty when it is valid. Never quotes a secret."""

    async def connect(self, talosconfig: Secret) -> Machines:
        """Machines as seen with these client credentials. Nothing is dialled yet."""
