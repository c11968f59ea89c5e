"""The inventory of the homelab itself: both clusters load, are what they are said to be, and share nothing."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from inventory.load import load_all, load_cluster
from inventory.model import Cluster

ROOT = Path(__file__).parents[2]
MAIN = load_cluster("main", ROOT)
STAGING = load_cluster("staging", ROOT)
SHARED_APPS = (
    "external-secrets/external-secrets",
    "external-secrets/onepassword-connect",
    "kube-system/cilium",
    "kube-system/coredns",
    "cert-manager/cert-manager",
)


def test_main_is_six_bare_machines() -> None:
    """Six NUCs k8s-1..k8s-6 on 10.11.0.0/16, the first three control planes, protected, without a hypervisor."""
    assert [node.name for node in MAIN.nodes] == [f"k8s-{number}" for number in range(1, 7)]
    assert [node.address for node in MAIN.nodes] == [IPv4Address(f"10.11.0.1{number}") for number in range(1, 7)]
    assert [node.name for node in MAIN.control_planes] == ["k8s-1", "k8s-2", "k8s-3"]
    assert [node.name for node in MAIN.workers] == ["k8s-4", "k8s-5", "k8s-6"]
    assert MAIN.network.nodes == IPv4Network("10.11.0.0/16")
    assert MAIN.protected
    assert MAIN.hypervisor is None
    assert all(node.vm is None for node in MAIN.nodes)
    assert all(node.install_disk.serial and node.install_disk.model for node in MAIN.nodes)


def test_staging_is_three_virtual_machines() -> None:
    """Three VMs on 10.12.0.0/16, all control planes, each with its Proxmox host and VMID, not protected."""
    assert [node.name for node in STAGING.nodes] == [f"k8s-staging-{number}" for number in range(1, 4)]
    assert [node.address for node in STAGING.nodes] == [IPv4Address(f"10.12.0.1{number}") for number in range(1, 4)]
    assert STAGING.control_planes == STAGING.nodes
    assert STAGING.workers == ()
    assert not STAGING.protected
    assert STAGING.hypervisor is not None
    machines = [node.vm for node in STAGING.nodes if node.vm is not None]
    assert len({machine.host for machine in machines}) == 3
    assert len({machine.id for machine in machines}) == 3


@pytest.mark.parametrize("cluster", [MAIN, STAGING], ids=["main", "staging"])
def test_a_cluster_has_its_own_tree_vault_and_files(cluster: Cluster) -> None:
    """Everything that is named after the cluster is."""
    assert cluster.tree == f"kubernetes/{cluster.name}"
    assert (ROOT / cluster.tree).is_dir()
    assert cluster.secrets.vault == f"homelab-{cluster.name}"
    assert cluster.identity.cluster_id == f"op://homelab-{cluster.name}/talos/CLUSTER_ID"
    assert cluster.identity.talos_ca == f"op://homelab-{cluster.name}/talos/MACHINE_CA_CRT"
    assert cluster.identity.kubernetes_ca == f"op://homelab-{cluster.name}/talos/CLUSTER_CA_CRT"
    assert f"/firstlight/{cluster.name}/" in cluster.files.kubeconfig
    assert f"/firstlight/{cluster.name}/" in cluster.files.talosconfig


def test_what_must_be_ready_is_named() -> None:
    """Both clusters gate on the apps without which nothing else can come up; main on its storage as well."""
    assert MAIN.critical_apps == (*SHARED_APPS, "rook-ceph/rook-ceph-cluster")
    assert STAGING.critical_apps == SHARED_APPS


def _addresses(cluster: Cluster) -> set[IPv4Address]:
    return {cluster.endpoint.vip, *(node.address for node in cluster.nodes)}


def _names(cluster: Cluster) -> set[str]:
    return {
        cluster.name,
        cluster.tree,
        cluster.endpoint.name,
        cluster.secrets.vault,
        cluster.files.kubeconfig,
        cluster.files.talosconfig,
        *cluster.identity.model_dump().values(),
        *(node.name for node in cluster.nodes),
        *(node.mac for node in cluster.nodes),
    }


def test_the_two_clusters_share_nothing() -> None:
    """Written again without the loader's own comparison: addresses, ranges and names are disjoint."""
    assert _addresses(MAIN).isdisjoint(_addresses(STAGING))
    assert _names(MAIN).isdisjoint(_names(STAGING))
    for mine in (MAIN.network.nodes, MAIN.network.pods, MAIN.network.services):
        for theirs in (STAGING.network.nodes, STAGING.network.pods, STAGING.network.services):
            assert not mine.overlaps(theirs)


def test_all_clusters_are_the_single_ones() -> None:
    """load_all and load_cluster give the same values."""
    assert load_all(ROOT) == {"main": MAIN, "staging": STAGING}


def test_a_cluster_cannot_be_changed() -> None:
    """A plan that was resolved from it cannot be undone behind its back."""
    with pytest.raises(ValueError, match="frozen"):
        MAIN.protected = False  # type: ignore[misc]
