"""A control plane and kubelets without processes: what the machines' tests need of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lab.machine_config import MachineConfig
from lab.ports import DataExists, EtcdMember, EtcdStatus, StaticPod

_PODS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


@dataclass
class FakeControlPlanes:
    """etcd begun on one machine and joined by the others that boot; `healthy` is up to the test."""

    folder: Path
    up: dict[str, MachineConfig] = field(default_factory=dict)
    data: dict[str, int] = field(default_factory=dict)
    learners: set[str] = field(default_factory=set)
    unhealthy: set[str] = field(default_factory=set)
    begun_from: dict[str, bytes | None] = field(default_factory=dict)
    wiped: list[str] = field(default_factory=list)
    content: bytes = b"everything"

    async def boot(self, config: MachineConfig) -> None:
        self.up[config.hostname] = config
        if self.data:
            self.data.setdefault(config.hostname, 0xA0 + len(self.data))

    async def begin(self, name: str, snapshot: Path | None = None, skip_hash_check: bool = False) -> None:
        if name in self.data:
            raise DataExists
        self.begun_from[name] = snapshot.read_bytes() if snapshot else None  # noqa: ASYNC240 - small, and nothing else runs
        for member in (name, *self.up):
            self.data.setdefault(member, 0xA0 + len(self.data))

    async def stop(self, name: str) -> None:
        self.up.pop(name, None)

    async def wipe(self, name: str) -> None:
        self.wiped.append(name)
        self.up.pop(name, None)
        self.data.pop(name, None)

    def etcd_begun(self, name: str) -> bool:
        return name in self.data

    async def etcd_healthy(self, name: str) -> bool:
        return name in self.data and name in self.up and name not in self.unhealthy

    async def members(self, name: str) -> tuple[EtcdMember, ...]:
        self._answering(name)
        return tuple(self._member(member, id) for member, id in self.data.items())

    def _member(self, name: str, id: int) -> EtcdMember:
        host = self.up[name].address if name in self.up else name
        return EtcdMember(id, name, (f"https://{host}:2380",), (f"https://{host}:2379",), name in self.learners)

    async def status(self, name: str) -> EtcdStatus:
        self._answering(name)
        leader = next(iter(self.data.values()))
        return EtcdStatus(7, self.data[name], leader, name in self.learners, "3.6.16", 20480, 16384, 9, 2, 9)

    async def snapshot(self, name: str) -> Path:
        self._answering(name)
        kept = self.folder / "snapshot"
        kept.write_bytes(self.content)
        return kept

    async def remove_member(self, name: str, id: int) -> None:
        self.data = {member: kept for member, kept in self.data.items() if kept != id}

    async def leave(self, name: str) -> None:
        self._answering(name)
        del self.data[name]

    def static_pods(self, name: str) -> tuple[StaticPod, ...]:
        return tuple(StaticPod(pod, True) for pod in _PODS) if name in self.up and name in self.data else ()

    def kubeconfig(self, name: str) -> str:
        return f"apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\npreferences: {{}}\n# {name}\n"

    def _answering(self, name: str) -> None:
        if name not in self.up or name not in self.data:
            raise ConnectionError(f"etcd on {name} does not answer")


@dataclass
class FakeKubelets:
    """Nodes register at once; they are ready where the test says so."""

    up: set[str] = field(default_factory=set)
    nodes_ready: set[str] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)

    async def boot(self, config: MachineConfig) -> None:
        self.up.add(config.hostname)

    async def stop(self, name: str) -> None:
        self.up.discard(name)

    async def remove(self, name: str) -> None:
        self.removed.append(name)

    def registered(self, name: str) -> bool:
        return name in self.up

    def ready(self, name: str) -> bool:
        return name in self.up and name in self.nodes_ready
