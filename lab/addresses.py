"""Addresses of the lab's private internet.

Node, VIP, pod and service ranges are the inventory's. What production finds on the internet has addresses of a range
that no production network uses (RFC 2544), so that it meets neither a ClusterIP nor a pod. Loopback addresses would not
do: Kubernetes refuses them in Endpoints.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from inventory.model import Cluster

INTERNET = "198.18.0.0/15"
REGISTRY = "198.18.0.1"
GIT = "198.18.0.2"
FACTORY = "198.18.0.3"
CONNECT = "198.18.0.4"
TIME = "198.18.0.5"

NAMES = {
    "ghcr.io": REGISTRY,
    "quay.io": REGISTRY,
    "docker.io": REGISTRY,
    "index.docker.io": REGISTRY,
    "registry-1.docker.io": REGISTRY,
    "mirror.gcr.io": REGISTRY,
    "registry.k8s.io": REGISTRY,
    "github.com": GIT,
    "factory.talos.dev": FACTORY,
}
"""Names of the internet that are the same in every lab; clusters add their own (endpoint, services)."""


def names(cluster: Cluster) -> dict[str, str]:
    """What every lab of this cluster resolves from its beginning: the internet's names, the API's, Connect's, the
    time servers'."""
    own = {cluster.endpoint.name: str(cluster.endpoint.vip)}
    own |= {str(server): TIME for server in cluster.network.time_servers if not _is_address(str(server))}
    if cluster.secrets.connect_url and (host := urlsplit(str(cluster.secrets.connect_url)).hostname):
        own[host] = CONNECT
    return NAMES | own


def ranges(cluster: Cluster) -> tuple[str, ...]:
    """The ranges that are local inside a cluster's lab."""
    network = cluster.network
    return (INTERNET, str(network.nodes), str(network.pods), str(network.services))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
