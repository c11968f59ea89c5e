"""Deployments and DaemonSets of the simulated cluster, and how their status follows their pods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rehearsal import objects, pods
from rehearsal.objects import DAEMON_SET, DEPLOYMENT, condition, name_of, new
from rehearsal.world import Object, World


@dataclass(frozen=True, slots=True)
class Workload:
    """daemon: a DaemonSet. host_network: runs before there is a CNI. tolerates: also on control planes.

    each_ready, all_ready: transitions that follow when one of its pods is ready, or all of them for the first time.
    """

    name: str
    image: str
    replicas: int = 1
    daemon: bool = False
    host_network: bool = False
    tolerates: bool = False
    each_ready: str = ""
    all_ready: str = ""

    @property
    def kind(self) -> str:
        return DAEMON_SET if self.daemon else DEPLOYMENT


def create(world: World, namespace: str, workload: Workload, labels: dict[str, str]) -> Object:
    """Store it; its controller gets to it a second later."""
    selector = {"app.kubernetes.io/name": workload.name}
    template = {
        "hostNetwork": workload.host_network,
        "containers": [{"name": workload.name, "image": workload.image}],
        "tolerations": [{"operator": "Exists"}] if workload.tolerates or workload.daemon else [],
    }
    spec: dict[str, Any] = {
        "selector": {"matchLabels": selector},
        "template": {"metadata": {"labels": selector}, "spec": template},
    }
    if not workload.daemon:
        spec["replicas"] = workload.replicas
    made = new(workload.kind, namespace, workload.name, spec=spec, status={})
    made["metadata"]["labels"] = dict(labels)
    made["metadata"]["annotations"] = {pods.EACH: workload.each_ready, pods.ALL: workload.all_ready}
    objects.put(world, workload.kind, made)
    world.schedule(1.0, "rollout", workload.kind, name_of(made))
    return made


def rollout(world: World, kind: str, name: str) -> None:
    """The controller makes the pods of a workload that is new."""
    workload = objects.find(world, kind, name)
    if workload is None:
        return
    if kind == DAEMON_SET:
        nodes = list(world.objects.get(objects.NODE, {}))
        pods.set_counts(workload, len(nodes), 0)
        for node in nodes:
            pods.create(world, kind, workload, node)
    else:
        replicas = workload["spec"]["replicas"]
        pods.set_counts(workload, replicas, 0)
        workload["status"]["conditions"] = [
            condition(world, "Available", "False", "MinimumReplicasUnavailable"),
            condition(world, "Progressing", "True", "ReplicaSetUpdated"),
        ]
        for index in range(replicas):
            pods.create(world, kind, workload, pods.choose(world, workload, index))
    objects.touch(world, kind, workload)


def upgrade(world: World, namespace: str, workload: Workload) -> None:
    """A newer chart: another image, rolled out pod by pod (here: counted down, and up again at once)."""
    found = objects.find(world, workload.kind, f"{namespace}/{workload.name}")
    if found is None:
        return
    found["metadata"]["generation"] += 1
    world.schedule(world.latency(f"upgrade/{workload.name}", 10, 30), "rolled", workload.kind, name_of(found))
    objects.touch(world, workload.kind, found)


def rolled(world: World, kind: str, name: str) -> None:
    found = objects.find(world, kind, name)
    if found is not None:
        found["status"]["observedGeneration"] = found["metadata"]["generation"]
        objects.touch(world, kind, found)
