"""All templates of a tree, rendered for the inventory's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inventory.model import Cluster
from inventory.problem import BadInput, Problem
from tree.template import Templates
from tree.tree import NodeConfig
from tree.variables import variables

MACHINE_CONFIG = "talos/machineconfig.yaml.j2"
TALOSCONFIG = "talos/talosconfig.j2"
RESOURCES = "bootstrap/resources.yaml.j2"


def node_template(name: str) -> str:
    """The template of one node's patch, relative to the tree."""
    return f"talos/nodes/{name}.yaml.j2"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Rendered texts, "" for those that could not be. places: (template's path relative to the root, rendered text),
    each pair once. problems: all that went wrong, each once."""

    configs: Mapping[str, NodeConfig]
    talosconfig: str
    resources: str
    places: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def render(cluster: Cluster, root: Path) -> Rendered:
    """Render every template of `cluster`'s tree. Nothing is raised: what is wrong is in `problems`."""
    problems: dict[Problem, None] = {}
    places: dict[tuple[str, str], None] = {}
    try:
        templates = Templates(root)
    except BadInput as error:
        return Rendered({}, "", "", (), error.problems)

    def rendered(name: str, values: Mapping[str, str]) -> str:
        path = f"{cluster.tree.strip('/')}/{name}"
        try:
            text = templates.render(path, values)
        except BadInput as error:
            problems.update(dict.fromkeys(error.problems))
            return ""
        places[path, text] = None
        return text

    configs = {}
    for node in cluster.nodes:
        values = variables(cluster, node)
        configs[node.name] = NodeConfig(rendered(MACHINE_CONFIG, values), rendered(node_template(node.name), values))
    common = variables(cluster)
    talosconfig, resources = rendered(TALOSCONFIG, common), rendered(RESOURCES, common)
    return Rendered(configs, talosconfig, resources, tuple(places), tuple(problems))
