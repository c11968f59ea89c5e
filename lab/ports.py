"""What the parts of the lab are to each other: a machine drives its control plane and its kubelet through these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.machine_config import MachineConfig


class DataExists(Exception):
    """etcd is to be begun where its data directory is not empty."""


@dataclass(frozen=True, slots=True)
class EtcdMember:
    """One member as an etcd process reports it. id: as a number."""

    id: int
    name: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...]
    learner: bool


@dataclass(frozen=True, slots=True)
class EtcdStatus:
    """What one etcd process says of itself. leader: member id, 0 without one. Sizes in bytes."""

    cluster_id: int
    member_id: int
    leader: int
    learner: bool
    version: str
    db_size: int
    db_size_in_use: int
    raft_index: int
    raft_term: int
    raft_applied_index: int
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaticPod:
    """One of kube-apiserver, kube-controller-manager, kube-scheduler on one control plane."""

    name: str
    ready: bool


class ControlPlanes(Protocol):
    """etcd, API server, controller manager and scheduler of the control plane machines, as real processes.

    All names are node names. Data outlives `stop` and is gone after `wipe`. Raises ConnectionError from what asks etcd
    while it does not answer.
    """

    async def boot(self, config: MachineConfig) -> None:
        """A control plane machine came up with this config: what it had before runs again.

        Where etcd was begun on another machine, it joins (as a learner, then promoted) and its Kubernetes components
        start; where it was not, it waits. Returns at once: joining goes on in the background until it succeeds.
        """

    async def begin(self, name: str, snapshot: Path | None = None, skip_hash_check: bool = False) -> None:
        """Bootstrap etcd on this machine, from a snapshot if given; then its components start. Returns once etcd was
        begun. skip_hash_check: the snapshot is a copy of a data file, which has no hash. Raises DataExists."""

    async def stop(self, name: str) -> None:
        """The machine goes off or reboots: its processes end, its data stays."""

    async def wipe(self, name: str) -> None:
        """`stop`, and its data is gone."""

    def etcd_begun(self, name: str) -> bool:
        """Whether this machine has etcd data."""

    async def etcd_healthy(self, name: str) -> bool:
        """Whether this machine's etcd serves."""

    async def members(self, name: str) -> tuple[EtcdMember, ...]: ...

    async def status(self, name: str) -> EtcdStatus: ...

    async def snapshot(self, name: str) -> Path:
        """A snapshot of this machine's etcd, in a file that the caller removes."""

    async def remove_member(self, name: str, id: int) -> None: ...

    async def leave(self, name: str) -> None:
        """This machine's member leaves the cluster; its data is gone."""

    def static_pods(self, name: str) -> tuple[StaticPod, ...]: ...

    def kubeconfig(self, name: str) -> str:
        """An admin kubeconfig, its server the cluster's endpoint, made from the CA of the machine's config."""


class Kubelets(Protocol):
    """What the kubelet of a booted machine does in Kubernetes, played by the lab."""

    async def boot(self, config: MachineConfig) -> None:
        """The machine came up: its Node registers as soon as the API answers. Returns at once."""

    async def stop(self, name: str) -> None:
        """The machine went off: its heartbeat ends, its Node becomes NotReady and its pods' processes end."""

    async def remove(self, name: str) -> None:
        """The machine was wiped: it never heard of the cluster. Its Node object stays, as it does in reality."""

    def registered(self, name: str) -> bool: ...

    def ready(self, name: str) -> bool:
        """Whether the Node's Ready condition is true."""
