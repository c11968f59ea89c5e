"""A Corefile of the tree as the lab's CoreDNS runs it."""

from __future__ import annotations

from pathlib import Path

from lab.contents.corefile import corefile
from tests.lab.contents.mapped_objects import COREFILE

ADDRESS = "10.42.0.7"


def translated(text: str) -> list[str]:
    """The lines, without indentation."""
    return [line.strip() for line in corefile(text, ADDRESS, Path("/lab/kubeconfig")).splitlines()]


def test_every_server_listens_at_the_pods_address_only() -> None:
    """Each server block is bound to the pod's address, also where there are several; a bind of the file gives way."""
    lines = translated(".:53 {\n    bind 0.0.0.0\n    errors\n}\nexample.org:53 {\n    errors\n}\n")
    assert lines.count(f"bind {ADDRESS}") == 2
    assert "bind 0.0.0.0" not in lines


def test_side_ports_are_the_pods_own() -> None:
    """Health keeps its block, ready gets its usual port, metrics keep theirs: two replicas do not clash."""
    lines = translated(COREFILE)
    assert f"health {ADDRESS}:8080 {{" in lines
    assert "lameduck 5s" in lines
    assert f"ready {ADDRESS}:8181" in lines
    assert f"prometheus {ADDRESS}:9153" in lines


def test_the_api_is_reached_by_the_pods_kubeconfig() -> None:
    """The kubernetes plugin keeps its zones and options and gets the kubeconfig."""
    lines = translated(COREFILE)
    at = lines.index("kubernetes cluster.local in-addr.arpa ip6.arpa {")
    assert lines[at + 1] == "kubeconfig /lab/kubeconfig"
    assert "pods insecure" in lines


def test_a_kubernetes_plugin_without_options_gets_a_block() -> None:
    """A plugin line alone becomes a block that ends."""
    lines = translated(".:53 {\n    kubernetes cluster.local\n    cache 30\n}\n")
    at = lines.index("kubernetes cluster.local {")
    assert lines[at + 1 : at + 4] == ["kubeconfig /lab/kubeconfig", "}", "cache 30"]
