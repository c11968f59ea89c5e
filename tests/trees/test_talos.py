"""Machine configs as they are rendered for every node of the inventory, and what the charts expect of them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from inventory.model import Node
from tests.trees.reading import CLUSTERS, ROOT, Document, files, inventory, rendered, values_of

NODES = [(cluster, node) for cluster in CLUSTERS for node in inventory(cluster).nodes]
BY_NODE = pytest.mark.parametrize(("cluster", "node"), NODES, ids=[node.name for _, node in NODES])


def base(cluster: str, node: Node) -> Document:
    (document,) = rendered(cluster, "talos/machineconfig.yaml.j2", node)
    return document


def patch(cluster: str, node: Node) -> Document:
    (document,) = rendered(cluster, f"talos/nodes/{node.name}.yaml.j2", node)
    return document


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_node_of_the_inventory_has_a_patch_and_no_patch_is_left_over(cluster: str) -> None:
    """A patch without a node is a machine that was forgotten in the inventory, or here."""
    patches = {path.name for path in files(cluster, "*.yaml.j2") if path.parent.name == "nodes"}
    assert patches == {f"{node.name}.yaml.j2" for node in inventory(cluster).nodes}


@BY_NODE
def test_the_patch_gives_the_machine_its_own_name_address_and_disk(cluster: str, node: Node) -> None:
    """failure_6 and failure_7: one node, found by its MAC; its disk by what the inventory says."""
    machine = patch(cluster, node)["machine"]
    (interface,) = machine["network"]["interfaces"]
    network = inventory(cluster).network
    assert machine["network"]["hostname"] == node.name
    assert interface["deviceSelector"] == {"hardwareAddr": node.mac}
    assert interface["addresses"] == [f"{node.address}/{network.nodes.prefixlen}"]
    assert interface["routes"] == [{"network": "0.0.0.0/0", "gateway": str(network.gateway)}]
    disk, wanted = machine["install"], node.install_disk.model_dump(exclude_none=True)
    assert disk.get("diskSelector", {"path": disk.get("disk")}) == wanted


@BY_NODE
def test_only_control_planes_share_the_virtual_address(cluster: str, node: Node) -> None:
    """A worker that answered at the VIP would take the API away from the control planes."""
    (interface,) = patch(cluster, node)["machine"]["network"]["interfaces"]
    expected = {"ip": str(inventory(cluster).endpoint.vip)} if node.role == "control-plane" else None
    assert interface.get("vip") == expected


@BY_NODE
def test_keys_of_the_cluster_go_to_control_planes_only(cluster: str, node: Node) -> None:
    """A control plane has every CA with its key, etcd's too (failure_13, rule 11); a worker has certificates alone."""
    config = base(cluster, node)
    machine, control = config["machine"], config["cluster"]
    if node.role == "control-plane":
        assert machine["type"] == "controlplane"
        authorities = [machine["ca"], control["ca"], control["aggregatorCA"], control["etcd"]["ca"]]
        assert all(authority.keys() == {"crt", "key"} for authority in authorities)
        assert {"serviceAccount", "secretboxEncryptionSecret"} <= control.keys()
    else:
        assert machine["type"] == "worker"
        assert machine["ca"].keys() == control["ca"].keys() == {"crt"}
        keys = {"aggregatorCA", "serviceAccount", "etcd", "secretboxEncryptionSecret", "apiServer"}
        assert control.keys().isdisjoint(keys)


@BY_NODE
def test_images_are_of_the_versions_and_the_schematic_of_the_inventory(cluster: str, node: Node) -> None:
    """failure_8: an installer of the factory, with a schematic, for the platform that the machine is."""
    config, wanted = base(cluster, node), inventory(cluster)
    platform = "metal" if cluster == "main" else "nocloud"
    installer = f"factory.talos.dev/{platform}-installer/{wanted.talos.schematic}:{wanted.talos.version}"
    assert config["machine"]["install"]["image"] == installer
    assert config["machine"]["install"]["wipe"] is False
    assert config["machine"]["kubelet"]["image"] == f"ghcr.io/siderolabs/kubelet:{wanted.kubernetes.version}"
    for part, name in (
        ("apiServer", "apiserver"),
        ("controllerManager", "controller-manager"),
        ("scheduler", "scheduler"),
    ):
        if node.role == "control-plane":
            assert config["cluster"][part]["image"] == f"registry.k8s.io/kube-{name}:{wanted.kubernetes.version}"


@BY_NODE
def test_the_network_is_the_inventorys(cluster: str, node: Node) -> None:
    """Endpoint, ranges, name servers and time servers (failure_11, failure_13, failure_17) come from one place."""
    config, wanted = base(cluster, node), inventory(cluster)
    network = config["cluster"]["network"]
    endpoint = f"https://{wanted.endpoint.name}:{wanted.endpoint.port}"
    assert config["cluster"]["controlPlane"]["endpoint"] == endpoint
    assert network["podSubnets"] == [str(wanted.network.pods)]
    assert network["serviceSubnets"] == [str(wanted.network.services)]
    assert config["machine"]["kubelet"]["nodeIP"]["validSubnets"] == [str(wanted.network.nodes)]
    assert config["machine"]["network"]["nameservers"] == [str(server) for server in wanted.network.nameservers]
    assert config["machine"]["time"]["servers"] == list(wanted.network.time_servers)
    if node.role == "control-plane":
        assert config["cluster"]["etcd"]["advertisedSubnets"] == [str(wanted.network.nodes)]
        names = {wanted.endpoint.name, str(wanted.endpoint.vip), "127.0.0.1"}
        assert set(config["cluster"]["apiServer"]["certSANs"]) == set(config["machine"]["certSANs"]) == names


@BY_NODE
def test_talos_leaves_to_the_charts_what_the_charts_bring(cluster: str, node: Node) -> None:
    """No CNI, proxy or CoreDNS of Talos' own beside those of the tree."""
    control = base(cluster, node)["cluster"]
    assert control["network"]["cni"] == {"name": "none"}
    if node.role == "control-plane":
        assert control["proxy"] == control["coreDNS"] == {"disabled": True}


@BY_NODE
def test_failure_24_cilium_reaches_the_api_where_kubeprism_listens(cluster: str, node: Node) -> None:
    """Port and host of Cilium's values are KubePrism's."""
    prism, cilium = base(cluster, node)["machine"]["features"]["kubePrism"], values_of(cluster, "kube-system/cilium")
    assert prism == {"enabled": True, "port": cilium["k8sServicePort"]}
    assert cilium["k8sServiceHost"] == "localhost"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_23_cilium_asks_for_nothing_that_talos_refuses(cluster: str) -> None:
    """No SYS_MODULE, cgroups as Talos mounts them, no kube-proxy, routes for the inventory's pods."""
    cilium = values_of(cluster, "kube-system/cilium")
    capabilities = cilium["securityContext"]["capabilities"]
    assert capabilities.keys() == {"ciliumAgent", "cleanCiliumState"}
    assert not any("SYS_MODULE" in names for names in capabilities.values())
    assert cilium["cgroup"] == {"autoMount": {"enabled": False}, "hostRoot": "/sys/fs/cgroup"}
    assert cilium["kubeProxyReplacement"] is True
    assert cilium["ipv4NativeRoutingCIDR"] == str(inventory(cluster).network.pods)


@BY_NODE
def test_failure_29_coredns_does_not_ask_the_hosts_resolver(cluster: str, node: Node) -> None:
    """With eBPF host routing pods cannot reach the address to which Talos would forward kube-dns."""
    assert values_of(cluster, "kube-system/cilium")["bpf"] == {"hostLegacyRouting": False, "masquerade": True}
    assert base(cluster, node)["machine"]["features"]["hostDNS"]["forwardKubeDNSToHost"] is False


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_coredns_answers_at_the_address_that_kubelets_hand_out(cluster: str) -> None:
    """Talos gives pods the tenth address of the service range as their resolver."""
    address = ip_address(values_of(cluster, "kube-system/coredns")["service"]["clusterIP"])
    assert address == inventory(cluster).network.services.network_address + 10


@BY_NODE
def test_failure_30_containerd_keeps_what_spegel_serves(cluster: str, node: Node) -> None:
    """Layers are kept under containerd 2's key, and Spegel writes mirrors where Talos lets it."""
    (file,) = base(cluster, node)["machine"]["files"]
    assert file["path"] == "/etc/cri/conf.d/20-customization.part"
    assert file["content"].split() == [
        '[plugins."io.containerd.cri.v1.images"]',
        "discard_unpacked_layers",
        "=",
        "false",
    ]
    spegel = values_of(cluster, "system/spegel")["spegel"]
    assert spegel["containerdRegistryConfigPath"] == "/etc/cri/conf.d/hosts"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_talosconfig_knows_every_node_and_only_control_planes_as_endpoints(cluster: str) -> None:
    """Context is the cluster's name; its CA is the machine CA, so both prove the same cluster (failure_12)."""
    (document,) = rendered(cluster, "talos/talosconfig.j2")
    wanted = inventory(cluster)
    context = document["contexts"][cluster]
    assert document["context"] == cluster
    assert context["endpoints"] == [str(node.address) for node in wanted.control_planes]
    assert context["nodes"] == [str(node.address) for node in wanted.nodes]
    assert context["ca"] == wanted.identity.talos_ca
    config = base(cluster, wanted.control_planes[0])
    assert (config["cluster"]["id"], config["cluster"]["ca"]["crt"]) == (
        wanted.identity.cluster_id,
        wanted.identity.kubernetes_ca,
    )


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_workloads_have_nodes_to_run_on(cluster: str) -> None:
    """Control planes carry workloads exactly where there are no workers."""
    wanted = inventory(cluster)
    control = base(cluster, wanted.control_planes[0])["cluster"]
    assert control["allowSchedulingOnControlPlanes"] is (not wanted.workers)
    assert (ROOT / wanted.tree).is_dir()
