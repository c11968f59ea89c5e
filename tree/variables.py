"""What the inventory says, as the variables of templates: the values that ENV holds, all of them text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inventory.model import Cluster, Node


def variables(cluster: Cluster, node: Node | None = None) -> Mapping[str, str]:
    """Variables of `cluster`, and with `node` also those of one machine. Lists are joined by commas; what is not set,
    or not true, is "" (as environment variables are), so that `#% if ENV.X %#` reads well."""
    return {**_cluster(cluster), **_network(cluster), **(_node(cluster, node) if node else {})}


def _cluster(cluster: Cluster) -> dict[str, str]:
    return {
        "CLUSTER_NAME": cluster.name,
        "CLUSTER_ENDPOINT": f"https://{cluster.endpoint.name}:{cluster.endpoint.port}",
        "CLUSTER_ENDPOINT_NAME": cluster.endpoint.name,
        "CLUSTER_VIP": str(cluster.endpoint.vip),
        "TALOS_VERSION": cluster.talos.version,
        "TALOS_SCHEMATIC": cluster.talos.schematic,
        "KUBERNETES_VERSION": cluster.kubernetes.version,
        "GIT_URL": cluster.git.url,
        "GIT_BRANCH": cluster.git.branch,
        "SECRETS_VAULT": cluster.secrets.vault,
        "CONTROL_PLANES": _joined(node.address for node in cluster.control_planes),
        "CONTROL_PLANE_COUNT": str(len(cluster.control_planes)),
        "NODES": _joined(node.address for node in cluster.nodes),
    }


def _network(cluster: Cluster) -> dict[str, str]:
    return {
        "NODE_NETWORK": str(cluster.network.nodes),
        "POD_NETWORK": str(cluster.network.pods),
        "SERVICE_NETWORK": str(cluster.network.services),
        "GATEWAY": str(cluster.network.gateway),
        "NAMESERVERS": _joined(cluster.network.nameservers),
        "TIME_SERVERS": _joined(cluster.network.time_servers),
    }


def _node(cluster: Cluster, node: Node) -> dict[str, str]:
    return {
        "NODE_NAME": node.name,
        "NODE_ADDRESS": str(node.address),
        "NODE_PREFIX": str(cluster.network.nodes.prefixlen),
        "NODE_MAC": node.mac,
        "NODE_ROLE": node.role,
        "IS_CONTROL_PLANE": "true" if node.role == "control-plane" else "",
        "INSTALL_DISK_SERIAL": node.install_disk.serial or "",
        "INSTALL_DISK_MODEL": node.install_disk.model or "",
        "INSTALL_DISK_PATH": node.install_disk.path or "",
    }


def _joined(values: Iterable[object]) -> str:
    return ",".join(str(value) for value in values)
