"""Addresses of the lab's private internet.

Node, VIP, pod and service ranges are the inventory's. What production finds on the internet has addresses of a range
that no production network uses (RFC 2544), so that it meets neither a ClusterIP nor a pod. Loopback addresses would not
do: Kubernetes refuses them in Endpoints.
"""

from __future__ import annotations

from inventory.model import Cluster

INTERNET = "198.18.0.0/15"
REGISTRY = "198.18.0.1"
GIT = "198.18.0.2"
FACTORY = "198.18.0.3"
CONNECT = "198.18.0.4"

NAMES = {
    "ghcr.io": REGISTRY,
    "quay.io": REGISTRY,
    "docker.io": REGISTRY,
    "mirror.gcr.io": REGISTRY,
    "registry.k8s.io": REGISTRY,
    "github.com": GIT,
    "factory.talos.dev": FACTORY,
}
"""Names of the internet that are the same in every lab; clusters add their own (endpoint, services)."""


def ranges(cluster: Cluster) -> tuple[str, ...]:
    """The ranges that are local inside a cluster's lab."""
    network = cluster.network
    return (INTERNET, str(network.nodes), str(network.pods), str(network.services))
