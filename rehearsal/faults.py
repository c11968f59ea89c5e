"""Faults of a rehearsal, as data: what goes wrong, where, when, for how long. Seeded campaigns make them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from random import Random

from inventory.model import Cluster
from rehearsal.world import World

KINDS = {
    "lost-before": "the nth call never arrives",
    "lost-after": "the nth call takes effect, and its answer is lost",
    "bootstrap-forgotten": "an accepted bootstrap call comes to nothing: the node reboots over it (talos#13924)",
    "node-dies": "power is lost at a moment, and may come back",
    "api-flaps": "the Kubernetes API does not answer for a while",
    "slow-pull": "images take longer, on a node or of a name",
    "failing-pull": "images cannot be pulled for a while",
    "registry-down": "neither images nor charts can be pulled for a while",
    "vault-away": "the secrets source does not answer for a while",
    "lease-stolen": "another operator takes the lease",
    "disk-data": "the install disk holds data already",
    "foreign": "the machine belongs to another cluster",
    "wrong-mac": "another machine stands at the address",
    "empty-backup": "a volume has no snapshot to be restored from",
}
CALLS = ("apply", "bootstrap", "kubeconfig", "kubernetes-apply", "sync", "repair", "resolve", "write")
"""Calls of the ports that can be lost."""


@dataclass(frozen=True, slots=True)
class Fault:
    """kind: one of KINDS. where: a node, release, image, volume, kind of disk content ("k8s-1=ceph"); "" for anywhere.

    call, nth: of lost calls. at: seconds of the world at which it begins. for_s: how long; None: for good.
    """

    kind: str
    where: str = ""
    call: str = ""
    nth: int = 1
    at: float = 0.0
    for_s: float | None = None


def inject(world: World, faults: Iterable[Fault]) -> World:
    """Let the faults happen in this world. Raises ValueError for an unknown kind or machine. Returns the world."""
    for fault in faults:
        if fault.kind not in KINDS:
            raise ValueError(f"there is no fault {fault.kind!r}, expected one of {', '.join(KINDS)}")
        world.faults.append(asdict(fault))
        _begin(world, fault)
    return world


def _begin(world: World, fault: Fault) -> None:
    delay = max(0.0, fault.at - world.now)
    if fault.kind == "node-dies":
        world.schedule(delay, "machine_off", _machine(world, fault.where), fault.for_s)
    elif fault.kind in ("api-flaps", "registry-down", "vault-away"):
        world.schedule(delay, fault.kind.replace("-", "_"), 60.0 if fault.for_s is None else fault.for_s)
    elif fault.kind == "lease-stolen":
        world.schedule(delay, "lease_stolen")
    elif fault.kind == "disk-data":
        name, _, content = fault.where.partition("=")
        world.machines[_machine(world, name)].disks[0]["content"] = content or "talos"
    elif fault.kind == "foreign":
        machine = world.machines[_machine(world, fault.where)]
        machine.foreign, machine.phase = True, "running"
        machine.kind, machine.digest, machine.talos_ca, machine.cluster_id = "worker", "f" * 64, "f" * 64, "foreign"
        machine.runtime = machine.node_ready = True
    elif fault.kind == "wrong-mac":
        world.machines[_machine(world, fault.where)].macs = ["02:00:00:00:00:01"]


def _machine(world: World, name: str) -> str:
    if name not in world.machines:
        raise ValueError(f"there is no machine {name!r}, expected one of {', '.join(world.machines)}")
    return name


def faults_of(seed: int, cluster: Cluster) -> tuple[Fault, ...]:
    """Up to four faults that a bootstrap may meet, made up from the seed; some heal, some do not."""
    rng = Random(f"faults/{seed}")  # noqa: S311 - a campaign must be repeatable
    return tuple(_fault(rng, cluster) for _ in range(rng.randint(0, 4)))


def _fault(rng: Random, cluster: Cluster) -> Fault:
    node = rng.choice(cluster.nodes).name
    at = float(rng.randint(1, 500))
    kind = rng.choices(tuple(_WEIGHTS), weights=tuple(_WEIGHTS.values()))[0]
    if kind in ("lost-before", "lost-after"):
        return _lost(rng, kind, node)
    if kind == "node-dies":
        return Fault(kind, node, at=at, for_s=rng.choice((30.0, 120.0, 300.0, None)))
    if kind == "slow-pull":
        return Fault(kind, rng.choice((node, "cilium", "coredns", "cert-manager", "flux")), for_s=rng.randint(30, 400))
    if kind == "failing-pull":
        return Fault(kind, rng.choice((node, "cilium", "coredns")), at=at, for_s=rng.choice((60.0, 240.0, None)))
    if kind in ("api-flaps", "registry-down", "vault-away"):
        return Fault(kind, at=rng.choice((0.0, at)), for_s=float(rng.randint(5, 180)))
    if kind == "disk-data":
        return Fault(kind, f"{node}={rng.choice(('talos', 'ceph', 'ext4'))}")
    if kind == "empty-backup":
        return Fault(kind)
    return Fault(kind, node, at=at)


def _lost(rng: Random, kind: str, node: str) -> Fault:
    call = rng.choice(CALLS)
    where = node if call in ("apply", "bootstrap", "kubeconfig") else ""
    if call == "sync":
        where = rng.choice(("cilium", "coredns", "spegel", "cert-manager", "flux-operator", "flux-instance"))
    return Fault(kind, where, call=call, nth=rng.choice((1, 1, 2)))


_WEIGHTS = {
    "lost-before": 4,
    "lost-after": 4,
    "bootstrap-forgotten": 1,
    "node-dies": 3,
    "api-flaps": 3,
    "slow-pull": 3,
    "failing-pull": 2,
    "registry-down": 2,
    "vault-away": 1,
    "lease-stolen": 1,
    "disk-data": 1,
    "foreign": 1,
    "wrong-mac": 1,
    "empty-backup": 1,
}
