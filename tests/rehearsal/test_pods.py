"""Pods of the simulated cluster: scheduled, pulled, ready, lost and replaced; readable by the rules of readiness."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import workload as rules
from rehearsal.canonical import settle
from rehearsal.faults import Fault, inject
from rehearsal.objects import DAEMON_SET, DEPLOYMENT, POD
from rehearsal.transitions import run_until
from rehearsal.world import World
from tests.rehearsal.worlds import do, sync, with_releases


def pods(world: World, owner: str) -> list[Any]:
    return [
        pod for pod in world.objects.get(POD, {}).values() if pod["metadata"]["ownerReferences"][0]["name"] == owner
    ]


def reason(world: World, owner: str, node: str = "") -> str:
    found = [pod for pod in pods(world, owner) if node in ("", pod["spec"]["nodeName"])]
    state = found[0]["status"].get("containerStatuses", [{"state": {}}])[0]["state"]
    return str(state.get("waiting", {}).get("reason", "running"))


def synced(name: str, *before: str) -> World:
    """A release whose sync ended a moment ago."""
    world = with_releases(*before)
    do(world, lambda site: sync(site, name))
    return world


def test_a_daemon_set_has_a_pod_on_every_node() -> None:
    """One each, also on control planes, all ready in the end."""
    world = with_releases("cilium")
    assert sorted(pod["spec"]["nodeName"] for pod in pods(world, "cilium")) == [f"k8s-{n}" for n in range(1, 7)]
    assert {pod["status"]["phase"] for pod in pods(world, "cilium")} == {"Running"}


def test_images_take_their_time_on_each_node() -> None:
    """Pods of one DaemonSet do not become ready all at once, and say meanwhile what they wait for."""
    world = synced("cilium")
    ready: set[int] = set()
    for _ in range(60):
        run_until(world, world.now + 0.5)
        daemon_set = world.objects[DAEMON_SET]["kube-system/cilium"]
        ready.add(daemon_set["status"].get("numberReady", 0))
    assert len(ready) > 3
    assert max(ready) == 6


def test_a_rollout_can_be_explained() -> None:
    """readiness' own rules read the simulated objects: pulling images is under way, not a failure."""
    world = synced("cilium")
    run_until(world, world.now + 2)
    daemon_set = world.objects[DAEMON_SET]["kube-system/cilium"]
    verdict = rules.daemonset(daemon_set, 6, pods(world, "cilium"))
    assert "pulling quay.io/cilium/cilium" in str(verdict)
    assert "underway=True" in str(verdict)


def test_pods_without_tolerations_keep_off_control_planes() -> None:
    """cert-manager runs on workers; what tolerates everything may run anywhere."""
    world = with_releases("cilium", "coredns", "spegel", "cert-manager")
    for owner in ("cert-manager", "cert-manager-webhook"):
        assert {pod["spec"]["nodeName"] for pod in pods(world, owner)} <= {"k8s-4", "k8s-5", "k8s-6"}


def test_a_pod_that_fits_nowhere_says_so() -> None:
    """Before there is a network on any node, CoreDNS is Unschedulable."""
    world = synced("coredns")
    run_until(world, world.now + 5)
    for pod in pods(world, "coredns"):
        assert pod["spec"]["nodeName"] == ""
        assert pod["status"]["conditions"][0]["reason"] == "Unschedulable"


def test_a_slow_pull_takes_longer_and_succeeds() -> None:
    """On the node that is meant, and nowhere else (failure 25)."""
    world = inject(with_releases(), [Fault("slow-pull", "k8s-5", for_s=400)])
    do(world, lambda site: sync(site, "cilium"))
    run_until(world, world.now + 200)
    assert world.objects[DAEMON_SET]["kube-system/cilium"]["status"]["numberReady"] == 5
    assert reason(world, "cilium", "k8s-5") == "ContainerCreating"
    settle(world)
    assert world.objects[DAEMON_SET]["kube-system/cilium"]["status"]["numberReady"] == 6


@pytest.mark.parametrize("where", ["k8s-5", "cilium/cilium"])
def test_a_failing_pull_backs_off_until_it_heals(where: str) -> None:
    """ImagePullBackOff names the image; when the registry has it again, the pod starts."""
    world = with_releases()
    inject(world, [Fault("failing-pull", where, at=world.now, for_s=300)])
    do(world, lambda site: sync(site, "cilium"))
    run_until(world, world.now + 100)
    assert reason(world, "cilium", "k8s-5") == "ImagePullBackOff"
    settle(world)
    assert reason(world, "cilium", "k8s-5") == "running"


def test_without_a_registry_nothing_is_pulled() -> None:
    """Every pod backs off; afterwards all of them run."""
    world = synced("cilium")
    inject(world, [Fault("registry-down", at=world.now, for_s=120)])
    run_until(world, world.now + 60)
    assert {reason(world, "cilium", f"k8s-{n}") for n in range(1, 7)} == {"ImagePullBackOff"}
    settle(world)
    assert world.objects[DAEMON_SET]["kube-system/cilium"]["status"]["numberReady"] == 6


def test_a_dead_nodes_pods_are_replaced() -> None:
    """A Deployment's pod moves; a DaemonSet's stays, not ready, until its node is back."""
    world = with_releases("cilium", "coredns")
    victim = pods(world, "coredns")[0]["spec"]["nodeName"]
    inject(world, [Fault("node-dies", victim, at=world.now + 1, for_s=400)])
    run_until(world, world.now + 200)
    assert victim not in {pod["spec"]["nodeName"] for pod in pods(world, "coredns")}
    assert world.objects[DEPLOYMENT]["kube-system/coredns"]["status"]["readyReplicas"] == 2
    daemon_set = world.objects[DAEMON_SET]["kube-system/cilium"]
    assert (daemon_set["status"]["numberReady"], daemon_set["status"]["desiredNumberScheduled"]) == (5, 6)
    settle(world)
    assert daemon_set["status"]["numberReady"] == 6


@pytest.mark.parametrize("for_s", [10.0, 30.0, 39.0, 41.0, 120.0, 600.0])
@pytest.mark.parametrize("delay", [1.0, 4.0, 9.0, 30.0])
def test_counts_are_right_however_long_a_node_was_away(for_s: float, delay: float) -> None:
    """A cut before, during and after the pull: each pod is counted once, and all are ready in the end."""
    world = synced("cilium")
    inject(world, [Fault("node-dies", "k8s-6", at=world.now + delay, for_s=for_s)])
    settle(world)
    for kind, name, wanted in ((DAEMON_SET, "cilium", 6), (DEPLOYMENT, "cilium-operator", 2)):
        status = world.objects[kind][f"kube-system/{name}"]["status"]
        ready = status.get("numberReady", status.get("readyReplicas"))
        running = sum(pod["status"]["phase"] == "Running" for pod in pods(world, name))
        assert (ready, running) == (wanted, wanted)
    assert world.machines["k8s-6"].node_ready


def test_a_node_that_comes_late_gets_its_pods() -> None:
    """A machine that registers after the DaemonSet was made gets a pod of it."""
    world = with_releases()
    world.objects["v1/Node"].pop("k8s-6")
    world.machines["k8s-6"].registered_in = -1
    do(world, lambda site: sync(site, "cilium"))
    settle(world)
    status = world.objects[DAEMON_SET]["kube-system/cilium"]["status"]
    assert (status["desiredNumberScheduled"], status["numberReady"]) == (5, 5)
    world.schedule(1.0, "node_registered", "k8s-6", world.machines["k8s-6"].life)
    settle(world)
    assert (status["desiredNumberScheduled"], status["numberReady"]) == (6, 6)


def test_a_pod_is_counted_once() -> None:
    """A pull that was begun twice (the kubelet restarted meanwhile) makes one ready pod, not two."""
    world = synced("cilium")
    run_until(world, world.now + 2)
    for pod in pods(world, "cilium"):
        world.schedule(20.0, "pod_ready", f"kube-system/{pod['metadata']['name']}", pod["metadata"]["uid"])
    settle(world)
    assert world.objects[DAEMON_SET]["kube-system/cilium"]["status"]["numberReady"] == 6
