"""The simulated world: plain data and a queue of what will happen. It knows no client, no loop and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from heapq import heappush
from time import gmtime, strftime
from typing import Any

from inventory.model import Cluster
from rehearsal.machine_record import MachineRecord, bare_machine
from rehearsal.repository import Repository, repository_of
from rehearsal.virtual_time import EPOCH
from tree.tree import Tree

Object = dict[str, Any]
"""A Kubernetes object as it stands in JSON, changed in place."""

GRID_S = 1.0
"""Latencies are multiples of it: what ends at the same moment is seen at one look."""


@dataclass(slots=True)
class World:
    """now: seconds since the world began; stands still while nobody looks. queue: (due, number, transition, arguments).

    objects: "apps/v1/Deployment" -> "namespace/name" -> object. applied: object -> field manager -> what it applied.
    served: kinds of custom resources that discovery lists. releases: "namespace/name" -> Helm's record.
    calls: "apply:k8s-1" -> how often it was tried; "apply:" for all targets together.
    generation: how often etcd was begun. resets: how often all machines were wiped.
    files: of the workstation, vault values veiled. effects: every accepted effect, in order. changed: kinds and
    machines that changed since the last look of the clients (an ordered set, not part of the stored world).
    """

    seed: int
    cluster: str
    vip: str
    endpoint: str
    vault: str
    talos_version: str
    kubernetes_version: str
    repository: Repository
    machines: dict[str, MachineRecord]
    pki: str = "first"
    now: float = 0.0
    serial: int = 0
    queue: list[tuple[float, int, str, tuple[Any, ...]]] = field(default_factory=list)
    etcds: dict[str, dict[str, Any]] = field(default_factory=dict)
    generation: int = 0
    resets: int = 0
    vip_up: bool = False
    api_up: bool = False
    api_down_until: float = 0.0
    registry_down_until: float = 0.0
    vault_away_until: float = 0.0
    vault_missing: list[str] = field(default_factory=list)
    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    applied: dict[str, dict[str, Object]] = field(default_factory=dict)
    served: dict[str, bool] = field(default_factory=dict)
    pending_definitions: list[str] = field(default_factory=list)
    releases: dict[str, dict[str, Any]] = field(default_factory=dict)
    flux_waits: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    effects: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[str, None] = field(default_factory=dict)

    @staticmethod
    def bare(cluster: Cluster, tree: Tree, seed: int = 0) -> World:
        """Every machine of the inventory in maintenance mode, with empty disks; nothing else."""
        return World(
            seed=seed,
            cluster=cluster.name,
            vip=str(cluster.endpoint.vip),
            endpoint=f"https://{cluster.endpoint.vip}:{cluster.endpoint.port}",
            vault=cluster.secrets.vault,
            talos_version=cluster.talos.version,
            kubernetes_version=cluster.kubernetes.version,
            repository=repository_of(cluster, tree),
            machines={node.name: bare_machine(node, cluster.talos.version) for node in cluster.nodes},
        )

    def schedule(self, delay: float, transition: str, *arguments: Any) -> None:
        """Let a transition (rehearsal.transitions) happen `delay` seconds from now, whoever is looking then."""
        self.serial += 1
        heappush(self.queue, (self.now + delay, self.serial, transition, arguments))

    def latency(self, what: str, low: float, high: float) -> float:
        """Seconds that `what` takes in this world: the same every time, another in a world of another seed."""
        digest = blake2b(f"{self.seed}/{what}".encode(), digest_size=4).digest()
        return round((low + (high - low) * int.from_bytes(digest) / 4294967296) / GRID_S) * GRID_S

    def effect(self, what: str, target: str, by: str, before: str = "", detail: str = "", **facts: Any) -> None:
        """Write an accepted effect into the log. by: whose credentials. before: the target's state then."""
        self.effects.append(
            {"at": self.now, "what": what, "target": target, "by": by, "before": before, "detail": detail}
            | {"life": self.resets}
            | facts
        )

    def next_uid(self) -> str:
        self.serial += 1
        return f"{self.seed & 0xFFFFFFFF:08x}-0000-4000-8000-{self.serial:012x}"

    def stamp(self) -> str:
        """The present moment as Kubernetes writes it."""
        return _stamp(int(self.now))


@lru_cache(maxsize=4096)
def _stamp(second: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(EPOCH + second))
