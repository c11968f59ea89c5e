"""Nodes, pods, volumes and addresses of the lab's cluster, against a real API server and its controllers."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap.verdict import Holds, NotYet
from readiness import nodes as rules
from tests.lab.contents.stage import played

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("contents: nodes and pods")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenario saw; it is played once."""
    return played("scenario_nodes", tmp_path_factory.mktemp("nodes"))


def test_a_machine_that_booted_registers_its_node(seen: dict[str, Any]) -> None:
    """A booted machine's Node has the kubelet's labels, its address, and what it runs."""
    assert seen["registered before boot"] is False
    control_plane, worker = seen["first nodes"][:2]
    labels = control_plane["metadata"]["labels"]
    assert labels["kubernetes.io/hostname"] == "k8s-1"
    assert labels["kubernetes.io/os"] == "linux"
    assert labels["node-role.kubernetes.io/control-plane"] == ""
    assert labels["topology.kubernetes.io/region"] == "main"
    assert "node-role.kubernetes.io/control-plane" not in worker["metadata"]["labels"]
    assert {"type": "InternalIP", "address": "10.11.0.11"} in control_plane["status"]["addresses"]
    info = control_plane["status"]["nodeInfo"]
    assert (info["osImage"], info["kubeletVersion"]) == ("Talos (v1.11.5)", "v1.34.4")


def test_control_planes_are_closed_to_ordinary_pods(seen: dict[str, Any]) -> None:
    """A control plane's Node has the NoSchedule taint from the beginning, a worker's has not."""
    keys = [{taint["key"] for taint in node["spec"]["taints"]} for node in seen["first nodes"][:2]]
    assert "node-role.kubernetes.io/control-plane" in keys[0]
    assert "node-role.kubernetes.io/control-plane" not in keys[1]


def test_static_pods_are_shown_by_mirror_pods(seen: dict[str, Any]) -> None:
    """As a kubelet shows them: owned by the Node, on its network, with Talos' labels, ready when the component is, and
    restarted once when it went and came back.
    """
    assert list(seen["mirror pods"]) == ["kube-scheduler-k8s-1"]
    pod = seen["mirror pods"]["kube-scheduler-k8s-1"]
    assert pod["metadata"]["labels"]["k8s-app"] == "kube-scheduler"
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "Node"
    assert (pod["spec"]["nodeName"], pod["status"]["podIP"]) == ("k8s-1", "10.11.0.11")
    assert pod["status"]["phase"] == "Running"
    assert [each["restartCount"] for each in pod["status"]["containerStatuses"]] == [1]


def test_without_network_nodes_are_not_ready_and_say_why(seen: dict[str, Any]) -> None:
    """Before the CNI runs the bootstrap's own rule finds every node not Ready, because of the network plugin."""
    verdict = rules.ready(seen["first nodes"], ["k8s-1", "k8s-4", "k8s-5"])
    assert isinstance(verdict, NotYet)
    assert "0/3 nodes ready" in verdict.reason
    assert "cni plugin not initialized" in verdict.reason


def test_without_network_pods_have_no_address(seen: dict[str, Any]) -> None:
    """Pods that are not on the host's network stay ContainerCreating before the CNI runs."""
    for pod in seen["web without network"]:
        assert "podIP" not in pod["status"]
        assert pod["status"]["phase"] == "Pending"
        assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ContainerCreating"


def test_the_network_makes_nodes_ready(seen: dict[str, Any]) -> None:
    """With Cilium's agent on each node the bootstrap's own rule holds: Ready, a network, and Cilium's taint is gone."""
    assert isinstance(rules.ready(seen["ready nodes"], ["k8s-1", "k8s-4", "k8s-5"]), Holds)


def test_pods_of_the_host_network_have_the_address_of_their_node(seen: dict[str, Any]) -> None:
    """An agent has its node's address."""
    addresses = {pod["spec"]["nodeName"]: pod["status"]["podIP"] for pod in seen["cilium pods"]}
    assert addresses == {"k8s-1": "10.11.0.11", "k8s-4": "10.11.0.14", "k8s-5": "10.11.0.15"}


def test_pods_follow_with_addresses_of_their_own(seen: dict[str, Any]) -> None:
    """All pods of a Deployment run, each at another address of the pods' range."""
    addresses = {pod["status"]["podIP"] for pod in seen["web"]}
    assert len(addresses) == 3
    assert all(address.startswith("10.42.") for address in addresses)


def test_a_claim_waits_for_its_first_consumer(seen: dict[str, Any]) -> None:
    """A claim of a class that waits is bound when a pod uses it, and not before."""
    assert seen["later without consumer"] is False
    assert seen["later with consumer"] is True


def test_load_balancers_have_addresses_of_their_own(seen: dict[str, Any]) -> None:
    """Each Service of type LoadBalancer has another address in the nodes' range."""
    addresses = [entry["ingress"][0]["ip"] for entry in seen["load balancers"]]
    assert len(set(addresses)) == 2
    assert all(address.startswith("10.11.255.") for address in addresses)


def test_a_machine_that_is_off_keeps_its_pods_as_they_are(seen: dict[str, Any]) -> None:
    """While a machine is off its Node is not ready, and a pod that was deleted there stays until it is on again."""
    assert seen["ready while off"] is False
    assert seen["off pod stayed"] is True


def test_pods_of_a_machine_that_was_off_were_restarted(seen: dict[str, Any]) -> None:
    """Containers of a machine that went off and came back have one restart more, those of other machines none."""
    counts = {
        pod["spec"]["nodeName"]: pod["status"]["containerStatuses"][0]["restartCount"] for pod in seen["restarted"]
    }
    assert counts == {"k8s-1": 0, "k8s-4": 0, "k8s-5": 1}


def test_what_was_made_true_is_told_in_order(seen: dict[str, Any]) -> None:
    """Registered comes before ready, and after the machine was off it is unreachable, then ready again."""
    mine = [fact for fact, _ in seen["facts"] if fact.startswith("node k8s-5")]
    assert mine.count("node k8s-5 networked") == 2  # by another hand than the others, so at no fixed place among them
    kubelets = [fact for fact in mine if not fact.endswith("networked")]
    states = ("registered", "ready", "unreachable", "registered", "ready")
    assert kubelets == [f"node k8s-5 {state}" for state in states]
    times = [at for _, at in seen["facts"]]
    assert times == sorted(times)
