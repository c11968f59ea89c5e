"""Reading a cluster's tree: everything rendered, parsed and checked, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from inventory.model import Cluster, Node
from inventory.problem import BadInput, Problem
from tree import apps, files, helmfile, identity, machine_config, overlap, rendering, resources
from tree.app import App
from tree.files import Files
from tree.release import Release
from tree.rendering import Rendered
from tree.tree import NodeConfig, Tree
from tree.usage import usage

CRDS = "bootstrap/helmfile.d/00-crds.yaml"
APPS = "bootstrap/helmfile.d/01-apps.yaml"


def read_tree(cluster: Cluster, root: Path) -> Tree:
    """The tree of `cluster` below `root` as one value. Nothing is dialled and nothing is written.

    Raises BadInput with every problem of templates, references, helmfiles and apps at once.
    """
    path = cluster.tree.strip("/")
    contents = files.read(root, path)
    rendered = rendering.render(cluster, root)
    references, reference_problems = usage(rendered.places, root, cluster.secrets.vault)
    crds, crd_problems = _helmfile(contents, f"{path}/{CRDS}")
    releases, release_problems = _helmfile(contents, f"{path}/{APPS}")
    found, app_problems = apps.read(contents, path)
    problems = (
        *rendered.problems,
        *_rendered_problems(cluster, rendered, releases),
        *reference_problems,
        *crd_problems,
        *release_problems,
        *overlap.problems(crds, releases),
        *app_problems,
        *_critical(cluster, found),
    )
    if problems:
        raise BadInput(tuple(dict.fromkeys(problems)))
    return Tree(
        path=path,
        configs=rendered.configs,
        talosconfig=rendered.talosconfig,
        resources=rendered.resources,
        references=references,
        crds=crds,
        releases=releases,
        apps=found,
        digest=files.digest(root, contents),
    )


def _helmfile(contents: Files, path: str) -> tuple[tuple[Release, ...], tuple[Problem, ...]]:
    if path not in contents:
        problem = Problem(path, "the helmfile is missing", "a file at this path", "create it")
        return (), (problem,)
    try:
        return helmfile.read(contents[path].decode("utf-8"), path)
    except UnicodeDecodeError as error:
        return (), (Problem(f"{path}:1", f"it is not UTF-8 ({error.reason})", "UTF-8"),)


def _rendered_problems(cluster: Cluster, rendered: Rendered, releases: tuple[Release, ...]) -> Iterator[Problem]:
    path = cluster.tree.strip("/")
    yield from _config_problems(cluster, rendered.configs, any(release.name == "cilium" for release in releases))
    if rendered.talosconfig:
        place = f"{path}/{rendering.TALOSCONFIG}"
        yield from identity.talosconfig_problems(rendered.talosconfig, cluster.identity, place)
    if rendered.resources:
        yield from resources.problems(rendered.resources, f"{path}/{rendering.RESOURCES}")


def _config_problems(cluster: Cluster, configs: Mapping[str, NodeConfig], cilium: bool) -> Iterator[Problem]:
    """Problems of machine configs, each once: six nodes that share a template share its defects."""
    nodes: dict[Problem, list[str]] = {}
    for node in cluster.nodes:
        for problem in _of_node(cluster, node, configs.get(node.name), cilium):
            nodes.setdefault(problem, []).append(node.name)
    for problem, names in nodes.items():
        everywhere = len(names) == len(cluster.nodes)
        where = "every node" if everywhere else ", ".join(names)
        yield Problem(problem.place, f"{problem.what} (on {where})", problem.expected, problem.remedy)


def _of_node(cluster: Cluster, node: Node, config: NodeConfig | None, cilium: bool) -> Iterator[Problem]:
    if config is None or not config.base or not config.patch:
        return
    place = f"{cluster.tree.strip('/')}/{rendering.MACHINE_CONFIG}"
    yield from machine_config.problems(
        config.base, node.role, patch=config.patch, place=place, cilium=cilium, talos_version=cluster.talos.version
    )
    yield from identity.problems(config.base, cluster.identity, place)


def _critical(cluster: Cluster, found: tuple[App, ...]) -> Iterator[Problem]:
    known = {f"{app.namespace}/{app.name}": app for app in found}
    for name in cluster.critical_apps:
        place = f"inventory/{cluster.name}.yaml"
        if name not in known:
            what = f"critical_apps names {name}, which no install.yaml of {cluster.tree} declares"
            yield Problem(place, what, "Kustomizations of the tree as namespace/name", "mend critical_apps")
        elif known[name].suspended:
            what = f"critical_apps names {name}, which is suspended in {known[name].file}"
            yield Problem(place, what, "apps that Flux reconciles", "resume it, or take it out of critical_apps")
