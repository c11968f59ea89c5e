"""The address ranges of a cluster's file."""

from __future__ import annotations

from ipaddress import IPv4Network

from inventory.document import Document
from inventory.facts import Fact, facts

PATHS = ("network.nodes", "network.pods", "network.services")


def ranges(document: Document) -> tuple[Fact[IPv4Network], ...]:
    """Those of nodes, pods and services that can be read, in this order."""
    return tuple(fact for path in PATHS for fact in facts(document, path, IPv4Network))
