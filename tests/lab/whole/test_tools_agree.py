"""kubectl, talosctl and helm in lab.shell say the same of the finished cluster as `status` does."""

from __future__ import annotations

import json

import pytest

from inventory.load import load_cluster
from inventory.model import Cluster
from steps.versions import same
from tests.commands.desk import REPOSITORY, Desk, Ended
from tests.lab.whole.cluster import condition, got
from tests.lab.whole.homelab import LAB, inside
from tests.trees.reading import flux_releases
from tree.read import read_tree

pytestmark = [
    pytest.mark.needs("a private network"),
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(1500),
]

RECONCILED = (
    "kustomizations,helmreleases,gitrepositories,ocirepositories,fluxinstances,externalsecrets,clustersecretstores"
)
HEALTHY = (
    "etcd to be healthy", "etcd members to be consistent across nodes", "etcd members to be control plane nodes",
    "apid to be ready", "kubelet to be healthy", "all nodes to finish boot sequence", "all k8s nodes to report",
    "all control plane static pods to be running", "all control plane components to be ready",
    "all k8s nodes to report ready", "coredns to report ready", "all k8s nodes to report schedulable",
)  # fmt: skip
"""What talosctl asks, in its own words."""


@pytest.fixture(scope="module")
def desk(finished: tuple[Desk, Ended]) -> Desk:
    return finished[0]


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load_cluster("main", REPOSITORY)


def addresses(cluster: Cluster, role: str) -> str:
    return ",".join(str(node.address) for node in cluster.nodes if node.role == role)


def test_kubectl_shows_the_inventorys_nodes(desk: Desk, cluster: Cluster) -> None:
    """All of them Ready, at their addresses, with their roles and the inventory's Kubernetes."""
    found = {
        (
            node["metadata"]["name"],
            next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP"),
            "node-role.kubernetes.io/control-plane" in node["metadata"]["labels"],
            condition(node, "Ready"),
            node["status"]["nodeInfo"]["kubeletVersion"],
        )
        for node in got(desk, "nodes")["items"]
    }
    assert found == {
        (node.name, str(node.address), node.role == "control-plane", "True", cluster.kubernetes.version)
        for node in cluster.nodes
    }
    assert len(found) == 6


def test_talosctl_shows_the_control_planes_as_members(desk: Desk, cluster: Cluster) -> None:
    """Each of the three is asked, and says the same: three members by their names, none a learner."""
    table = inside(desk, f"talosctl --nodes {addresses(cluster, 'control-plane')} etcd members").splitlines()[1:]
    said = {tuple(row.split()[index] for index in (0, 2, -1)) for row in table}
    planes = [node for node in cluster.nodes if node.role == "control-plane"]
    assert said == {(str(asked.address), node.name, "false") for asked in planes for node in planes}


def test_talosctl_calls_the_cluster_healthy(desk: Desk, cluster: Cluster) -> None:
    """All that it checks of a cluster of its own, from etcd to schedulable nodes."""
    first = cluster.nodes[0].address
    planes, workers = addresses(cluster, "control-plane"), addresses(cluster, "worker")
    said = inside(
        desk,
        f"talosctl --nodes {first} --endpoints {first} health --server=false --wait-timeout 2m "
        f"--control-plane-nodes {planes} --worker-nodes {workers} 2>&1",
    )
    assert [check for check in HEALTHY if f"waiting for {check}: OK" not in said] == []


def test_helm_lists_the_trees_releases(desk: Desk, cluster: Cluster) -> None:
    """Those of the helmfiles and of Flux, deployed, each in the version of the tree."""
    listed = json.loads(inside(desk, "helm list --all-namespaces --all --output json"))
    versions = {f"{each['namespace']}/{each['name']}": each["chart"] for each in listed}
    wanted = {name: pinned.version for name, (pinned, _, _) in flux_releases("main").items()}
    wanted |= {f"{each.namespace}/{each.name}": each.version for each in read_tree(cluster, REPOSITORY).releases}
    assert {each["status"] for each in listed} == {"deployed"}
    assert versions.keys() == wanted.keys()
    assert [name for name, chart in versions.items() if not _in_version(chart, wanted[name])] == []


def _in_version(chart: str, version: str) -> bool:
    """helm joins a chart's name and its version by a dash, and names have dashes too."""
    return any(same(chart[at + 1 :], version) for at, sign in enumerate(chart) if sign == "-")


def test_all_that_flux_reconciles_is_ready(desk: Desk) -> None:
    """Kustomizations, releases, sources, the instance, and the secrets that the apps need."""
    found = got(desk, "--all-namespaces", RECONCILED)["items"]
    assert {each["kind"] for each in found} >= {"Kustomization", "HelmRelease", "GitRepository", "FluxInstance"}
    unready = [f"{each['kind']} {each['metadata']['name']}" for each in found if condition(each, "Ready") != "True"]
    assert unready == []
    head = inside(desk, "git -C . rev-parse HEAD").strip()
    revisions = {each["status"]["lastAppliedRevision"] for each in found if each["kind"] == "Kustomization"}
    assert revisions == {f"refs/heads/main@sha1:{head}"}


def test_status_says_the_same(desk: Desk) -> None:
    """In its words: all steps are true now."""
    said = desk.run("status", *LAB).out
    line = next(line for line in said.splitlines() if "steps are true now" in line)
    true, _, total, *_ = line.split()
    assert true == total
    assert int(total) > 50
