"""`render`: one node's machine config or one template as it will be applied, with every secret masked."""

from __future__ import annotations

import re

import yaml

from inventory.load import load_cluster
from inventory.model import Cluster
from inventory.problem import BadInput, Problem
from operations.request import Request, named
from tree import merge
from tree.read import read_tree
from tree.tree import Tree

MASKED = "<secret>"
_REFERENCE = re.compile(r"op://[^\s\"']+")


def render(request: Request, node: str, template: str) -> int:
    """Print it. Exactly one of node and template is given. Raises BadInput."""
    cluster = load_cluster(named(request).cluster, request.root)
    print(masked(_chosen(cluster, read_tree(cluster, request.root), node, template)), end="")
    return 0


def masked(text: str) -> str:
    """The text with every reference to a secret hidden. Pure."""
    return _REFERENCE.sub(MASKED, text)


def _chosen(cluster: Cluster, tree: Tree, node: str, template: str) -> str:
    if bool(node) == bool(template):
        raise BadInput([Problem("render", "it prints one thing", "either --node NAME or --template NAME")])
    if node:
        return machine_config(cluster, tree, node)
    found = {"talosconfig": tree.talosconfig, "resources": tree.resources}.get(template)
    if found is None:
        raise BadInput([Problem("--template", f"there is no template {template!r}", "talosconfig or resources")])
    return found


def machine_config(cluster: Cluster, tree: Tree, node: str) -> str:
    """Base and patch of a node, merged. Raises BadInput for an unknown node."""
    config = tree.configs.get(node)
    if config is None:
        known = ", ".join(n.name for n in cluster.nodes)
        raise BadInput([Problem("--node", f"there is no node {node!r}", f"one of {known}")])
    base, _ = merge.documents(config.base, node)
    patch, _ = merge.documents(config.patch, node)
    return yaml.safe_dump_all(merge.merged(base, patch), sort_keys=False, width=120)
