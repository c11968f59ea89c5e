"""What "the same final state" means, as code. The words are docs/canonical-state.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from rehearsal import machine_life, transitions
from rehearsal.apply import digest
from rehearsal.machine_record import MachineRecord
from rehearsal.objects import CLAIM, POD, kind_of, name_of
from rehearsal.quorum import healthy
from rehearsal.world import Object, World

Canonical = dict[str, Any]
_EPHEMERAL = frozenset({POD, "discovery.k8s.io/v1/EndpointSlice"})
_LONGEST_S = 86_400.0


def canonical_state(world: World) -> Canonical:
    """A JSON-able value: equal for two worlds that are in the same final state."""
    return {
        "machines": {name: _machine(machine) for name, machine in sorted(world.machines.items())},
        "etcd": sorted((_etcd(world, cluster_id) for cluster_id in world.etcds), key=str),
        "api": {"servers": sorted(m.name for m in world.machines.values() if m.serves_api), "vip": world.vip_up},
        "objects": _objects(world),
        "pods": _pods(world),
        "managers": {
            ref: {manager: digest(manifest) for manager, manifest in sorted(managers.items())}
            for ref, managers in sorted(world.applied.items())
        },
        "releases": {key: _release(record) for key, record in sorted(world.releases.items())},
        "files": {path: sha256(text.encode()).hexdigest() for path, text in sorted(world.files.items())},
        "git": {"branch": world.repository.branch, "commit": world.repository.commit},
    }


def settle(world: World, at_most_s: float = 3600.0) -> None:
    """Leave the world alone until nothing is scheduled. Raises RuntimeError when it does not come to rest."""
    end = world.now + min(at_most_s, _LONGEST_S)
    while world.queue and world.queue[0][0] <= end:
        transitions.run_until(world, world.queue[0][0])
    if world.queue:
        raise RuntimeError(f"the world does not rest: {world.queue[0][2]} is due at {world.queue[0][0]:.0f} s")


def _machine(machine: MachineRecord) -> Canonical:
    unmet = machine_life.unmet(machine)
    return {
        "phase": machine.phase,
        "type": machine.kind,
        "hostname": machine.hostname,
        "config": machine.digest,
        "identity": [machine.cluster_id, machine.talos_ca, machine.cluster_ca],
        "talos": machine.talos_version,
        "macs": list(machine.macs),
        "disks": [[disk["path"], disk["content"]] for disk in machine.disks],
        "time_synced": machine.time_synced,
        "unmet": list(unmet),
    }


def _etcd(world: World, cluster_id: str) -> Canonical:
    members = world.etcds[cluster_id]["members"]
    return {
        "members": sorted(members),
        "learners": sorted(name for name, member in members.items() if member["learner"]),
        "running": sorted(name for name in members if world.machines[name].etcd_running),
        "quorum": healthy(world, cluster_id),
    }


def _objects(world: World) -> Canonical:
    return {
        f"{kind} {name}": _object(obj)
        for kind, by_name in sorted(world.objects.items())
        if kind not in _EPHEMERAL
        for name, obj in sorted(by_name.items())
    }


def _object(obj: Object) -> Canonical:
    content = {key: value for key, value in obj.items() if key not in ("metadata", "status")}
    found: Canonical = {
        "content": digest(content),
        "labels": obj["metadata"].get("labels", {}),
        "conditions": _conditions(obj),
    }
    status = obj.get("status", {})
    for key in ("phase", "lastAppliedRevision", "latestMoverStatus", *_COUNTERS):
        if key in status:
            found[key] = status[key]
    if "artifact" in status:
        found["artifact"] = status["artifact"]["revision"]
    if status.get("history"):
        found["history"] = [status["history"][0]["status"], status["history"][0]["chartVersion"]]
    if kind_of(obj) == CLAIM:
        found["filled_from"] = obj["spec"].get("dataSourceRef", {}).get("name", "")
    return found


_COUNTERS = (
    "desiredNumberScheduled",
    "numberReady",
    "numberAvailable",
    "updatedNumberScheduled",
    "replicas",
    "readyReplicas",
    "updatedReplicas",
)


def _conditions(obj: Object) -> Mapping[str, list[str]]:
    """Type -> status and reason. UpgradeSucceeded is InstallSucceeded: which one it was depends on how often it ran."""
    conditions = obj.get("status", {}).get("conditions", ())
    return {
        c["type"]: [c["status"], "InstallSucceeded" if c["reason"] == "UpgradeSucceeded" else c["reason"]]
        for c in conditions
    }


def _pods(world: World) -> Canonical:
    found: Counter[str] = Counter()
    for pod in world.objects.get(POD, {}).values():
        owner, node = pod["metadata"]["ownerReferences"][0], pod["spec"]["nodeName"]
        where = node if owner["kind"] == "DaemonSet" else "any node"
        ready = "ready" if pod["status"]["phase"] == "Running" else "not ready"
        namespace = name_of(pod).partition("/")[0]
        found[f"{owner['kind']} {namespace}/{owner['name']} on {where}: {ready}"] += 1
    return dict(sorted(found.items()))


def _release(record: Mapping[str, Any]) -> Canonical:
    return {
        "status": record["status"],
        "version": record["version"],
        "applied": sorted(record["applied"], key=str),
        "owner": record["owner"],
    }
