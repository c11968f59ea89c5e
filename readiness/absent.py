"""What a cluster looks like without nodes that the plan goes without, although the cluster still counts them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from readiness.conditions import is_true
from readiness.fields import Object, integer, name_of, text
from readiness.pods import selected

_SCHEDULED = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled")
_READY = ("numberReady", "numberAvailable")
_REPLICAS = ("replicas", "updatedReplicas")
_READY_REPLICAS = ("readyReplicas", "availableReplicas")
_COMPLETE = [
    {"type": "Available", "status": "True"},
    {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
]


def without(daemonset: Object | None, pods: Sequence[Object], absent: Collection[str]) -> Object | None:
    """The DaemonSet as if its pods on the absent nodes were not wanted.

    A node that died keeps its Node object until somebody deletes it, and a DaemonSet goes on wanting a pod there
    (kubernetes.io, DaemonSet: its pods tolerate unreachable nodes and are not evicted).
    """
    gone, ready = _gone(daemonset, pods, absent)
    if daemonset is None or not gone:
        return daemonset
    status = _less(_less(daemonset.get("status"), _SCHEDULED, gone), _READY, ready)
    return {**daemonset, "status": status}


def without_replicas(deployment: Object | None, pods: Sequence[Object], absent: Collection[str]) -> Object | None:
    """The Deployment as if its replicas on the absent nodes were not asked for.

    Only for one whose pods tolerate every taint (Cilium's operator): nobody evicts them from a node that is gone, and
    no other replica takes their place. All others are to get their replicas back elsewhere.
    """
    gone, ready = _gone(deployment, pods, absent)
    if deployment is None or not gone:
        return deployment
    status = _less(_less(deployment.get("status"), _REPLICAS, gone), _READY_REPLICAS, ready)
    wanted = integer(deployment, "spec", "replicas", default=1) - gone
    if integer(status, "availableReplicas") >= wanted:
        status["conditions"] = _COMPLETE  # its own speak of all replicas
    return {**deployment, "spec": {**(deployment.get("spec") or {}), "replicas": wanted}, "status": status}


def _gone(owner: Object | None, pods: Sequence[Object], absent: Collection[str]) -> tuple[int, int]:
    """How many of its pods are on absent nodes, and how many of those still count as ready."""
    found = [pod for pod in selected(pods, owner) if text(pod, "spec", "nodeName") in absent] if owner else []
    return len(found), sum(is_true(pod, "Ready") for pod in found)


def _less(status: object, names: Sequence[str], count: int) -> dict[str, Any]:
    counts = {name: max(0, integer(status, name) - count) for name in names}
    return {**(status if isinstance(status, dict) else {}), **counts}


def present(pods: Sequence[Object], absent: Collection[str]) -> list[Object]:
    """The pods that are not on an absent node."""
    return [pod for pod in pods if text(pod, "spec", "nodeName") not in absent]


def still_counted(nodes: Sequence[Object], absent: Collection[str]) -> tuple[str, ...]:
    """A sentence for every absent node that is still a node of the cluster."""
    there = sorted(name_of(node) for node in nodes if name_of(node) in absent)
    return tuple(f"{name} is still a node of the cluster: `kubectl delete node {name}` takes it out" for name in there)
