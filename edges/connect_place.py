"""Where a 1Password Connect server runs: one inside of the cluster that is being rebuilt is gone when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

_CLUSTER_ENDINGS = (".svc", ".cluster.local")


def inside_cluster(
    connect_url: str,
    addresses: Iterable[str],
    networks: Iterable[str],
    names: Iterable[str],
    resolved: Iterable[str] = (),
) -> bool:
    """Whether the host of the URL is one of the cluster's own.

    addresses: of nodes and VIP. networks: of pods, services and load balancers, in CIDR notation. names: endpoint and
    host names. resolved: addresses that the host's name has now; a name in front of the cluster's gateway is found so.
    """
    host = (urlsplit(connect_url).hostname or "").rstrip(".").lower()
    if host in {name.rstrip(".").lower() for name in names} or _is_service(host):
        return True
    own = {ip_address(address) for address in addresses}
    ranges = [ip_network(network, strict=False) for network in networks]
    at = [ip_address(address.partition("%")[0]) for address in (host, *resolved) if _is_address(address)]
    return any(address in own or any(address in network for network in ranges) for address in at)


def _is_service(host: str) -> bool:
    return host.endswith(_CLUSTER_ENDINGS) or ".svc." in host


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
