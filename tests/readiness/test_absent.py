"""Nodes that the plan goes without, although the cluster still counts them."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap.verdict import Holds, NotYet
from readiness.absent import present, still_counted, without, without_replicas
from readiness.workload import daemonset, deployment

SELECTOR = {"selector": {"matchLabels": {"app": "agent"}}}


def pod(node: str, *, ready: bool, app: str = "agent") -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": str(ready)}], "phase": "Running"}
    return {
        "kind": "Pod",
        "metadata": {"name": f"{app}-{node}", "namespace": "n", "labels": {"app": app}},
        "spec": {"nodeName": node},
        "status": status,
    }


def agents(ready: int, wanted: int) -> dict[str, Any]:
    counts = dict.fromkeys(("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled"), wanted)
    counts |= dict.fromkeys(("numberReady", "numberAvailable"), ready)
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "n", "generation": 1},
        "spec": SELECTOR,
        "status": {"observedGeneration": 1, **counts},
    }


def operators(ready: int, wanted: int) -> dict[str, Any]:
    whole = str(ready == wanted)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "agent", "namespace": "n", "generation": 1},
        "spec": {**SELECTOR, "replicas": wanted},
        "status": {
            "observedGeneration": 1,
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [{"type": "Available", "status": whole}, {"type": "Progressing", "status": "True"}],
        },
    }


@pytest.mark.parametrize("still_ready", [True, False], ids=["not-noticed-yet", "noticed"])
def test_a_daemonset_is_judged_without_its_pods_on_absent_nodes(still_ready: bool) -> None:
    """The node died after it had joined: its Node object stays, and the DaemonSet goes on wanting a pod there."""
    pods = [pod("a", ready=True), pod("b", ready=True), pod("dead", ready=still_ready)]
    found = agents(ready=3 if still_ready else 2, wanted=3)
    assert isinstance(daemonset(found, 2, pods), NotYet)
    assert isinstance(daemonset(without(found, pods, {"dead"}), 2, present(pods, {"dead"})), Holds)


def test_a_pod_that_is_missing_on_a_node_of_the_plan_is_still_seen() -> None:
    """Only absent nodes are forgiven."""
    pods = [pod("a", ready=True), pod("b", ready=False), pod("dead", ready=False)]
    adjusted = without(agents(ready=1, wanted=3), pods, {"dead"})
    assert isinstance(daemonset(adjusted, 2, present(pods, {"dead"})), NotYet)


def test_pods_of_other_workloads_do_not_count() -> None:
    """What runs on the absent node beside it changes nothing."""
    pods = [pod("a", ready=True), pod("dead", ready=True, app="other")]
    found = agents(ready=1, wanted=2)
    assert without(found, pods, {"dead"}) is found


def test_nothing_is_changed_without_absent_nodes() -> None:
    """The object itself comes back, and what is not there stays so."""
    found = agents(ready=3, wanted=3)
    assert without(found, [pod("a", ready=True)], ()) is found
    assert without(None, [], {"dead"}) is None
    assert without_replicas(None, [], {"dead"}) is None


def test_the_object_that_was_read_is_not_touched() -> None:
    """The adjusted one is a new value."""
    found = agents(ready=2, wanted=3)
    without(found, [pod("dead", ready=False)], {"dead"})
    assert found["status"]["desiredNumberScheduled"] == 3


def test_a_replica_that_nobody_evicts_is_not_asked_for() -> None:
    """An operator that tolerates every taint stays on the node that is gone; the other replica is enough."""
    pods = [pod("a", ready=True), pod("dead", ready=False)]
    found = operators(ready=1, wanted=2)
    assert isinstance(deployment(found, 1, pods), NotYet)
    assert isinstance(deployment(without_replicas(found, pods, {"dead"}), 1, pods), Holds)


def test_a_replica_that_is_not_ready_elsewhere_is_still_seen() -> None:
    """The remaining one must be available."""
    pods = [pod("a", ready=False), pod("dead", ready=False)]
    adjusted = without_replicas(operators(ready=0, wanted=2), pods, {"dead"})
    assert isinstance(deployment(adjusted, 1, pods), NotYet)


def test_what_the_cluster_still_counts_is_named_with_its_way_out() -> None:
    """Once a node, in order; nodes that are gone for good are not named."""
    nodes = [{"metadata": {"name": name}} for name in ("k8s-6", "k8s-1", "k8s-3")]
    said = still_counted(nodes, {"k8s-3", "k8s-6", "k8s-9"})
    assert [text.split()[0] for text in said] == ["k8s-3", "k8s-6"]
    assert "kubectl delete node k8s-3" in said[0]
