"""Free addresses of a range, for pods and load balancers."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_network


def free(network: str, taken: Collection[str]) -> str:
    """The lowest address of the range that nobody has, never its first or last. Raises ValueError when it is full."""
    for address in ip_network(network).hosts():
        if str(address) not in taken:
            return str(address)
    raise ValueError(f"{network} has no free address")
