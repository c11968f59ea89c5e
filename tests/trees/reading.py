"""What the tests of the trees read: documents, what Flux reaches, apps, releases and rendered templates."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from inventory.model import Cluster, Node
from tree.template import Templates
from tree.variables import variables

ROOT = Path(__file__).parents[2]
CLUSTERS = ("main", "staging")
Document = dict[str, Any]


class StrictLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"keys that stand twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep)


def parse(text: str) -> list[Any]:
    return [document for document in yaml.load_all(text, Loader=StrictLoader) if document is not None]


@cache
def documents(path: Path) -> list[Document]:
    return parse(path.read_text(encoding="utf-8"))


def table(name: str) -> set[tuple[str, ...]]:
    """Rows of a committed table beside the tests, without its heading."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return {tuple(line.split("\t")) for line in lines[1:]}


def files(cluster: str, pattern: str = "*.yaml") -> list[Path]:
    return sorted(path for path in (ROOT / "kubernetes" / cluster).rglob(pattern) if path.is_file())


def of_kind(cluster: str, kind: str, group: str) -> list[tuple[Path, Document]]:
    """Documents of one kind (group: start of the apiVersion), with their files."""
    found = ((path, document) for path in files(cluster) for document in documents(path))
    return [
        (path, document)
        for path, document in found
        if isinstance(document, dict)
        and document.get("kind") == kind
        and str(document.get("apiVersion", "")).startswith(group)
    ]


def kustomizations(cluster: str) -> dict[str, tuple[Path, Document]]:
    """Flux Kustomizations by namespace/name."""
    found = of_kind(cluster, "Kustomization", "kustomize.toolkit.fluxcd.io")
    return {f"{doc['metadata']['namespace']}/{doc['metadata']['name']}": (path, doc) for path, doc in found}


def built_from(path: Path) -> Iterator[Path]:
    """Files that kustomize reads to build `path`, itself included. Raises FileNotFoundError for one that is missing."""
    if not path.is_dir():
        path.stat()
        yield path
        return
    entry = path / "kustomization.yaml"
    yield entry
    for document in documents(entry):
        for name in (*document.get("resources", ()), *document.get("components", ())):
            yield from built_from((path / name).resolve())
        for generator in document.get("configMapGenerator", ()):
            yield from (built_from_file(path, name) for name in generator["files"])
        yield from (built_from_file(path, name) for name in document.get("configurations", ()))


def built_from_file(folder: Path, name: str) -> Path:
    found = (folder / name.partition("=")[2] if "=" in name else folder / name).resolve()
    found.stat()
    return found


@dataclass(frozen=True, slots=True)
class Pinned:
    """A chart as something asks for it."""

    release: str
    namespace: str
    chart: str
    version: str


def flux_releases(cluster: str) -> dict[str, tuple[Pinned, Path, Document]]:
    """HelmReleases by namespace/name, with the chart that their source gives."""
    found = {}
    for path, document in of_kind(cluster, "HelmRelease", "helm.toolkit.fluxcd.io"):
        namespace, name = (
            path.relative_to(ROOT / "kubernetes" / cluster / "apps").parts[0],
            document["metadata"]["name"],
        )
        found[f"{namespace}/{name}"] = (Pinned(name, namespace, *chart_of(cluster, path, document)), path, document)
    return found


def folder_of(cluster: str, path: Path) -> tuple[str, str]:
    """Namespace and app that a file below apps/ belongs to."""
    namespace, app = path.relative_to(ROOT / "kubernetes" / cluster / "apps").parts[:2]
    return namespace, app


def chart_of(cluster: str, path: Path, release: Document) -> tuple[str, str]:
    """Chart and version: by chartRef of an OCIRepository beside it, or by chart.spec of a HelmRepository."""
    spec = release["spec"]
    if "chartRef" in spec:
        (source,) = documents(path.with_name("ocirepository.yaml"))
        assert spec["chartRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}, path
        return source["spec"]["url"], source["spec"]["ref"]["tag"]
    wanted = spec["chart"]["spec"]["sourceRef"]["name"]
    found = of_kind(cluster, "HelmRepository", "source.toolkit.fluxcd.io")
    (url,) = (source["spec"]["url"] for _, source in found if source["metadata"]["name"] == wanted)
    return f"{url}/{spec['chart']['spec']['chart']}", spec["chart"]["spec"]["version"]


def helmfile(cluster: str, name: str) -> list[Document]:
    (document,) = documents(ROOT / "kubernetes" / cluster / "bootstrap" / "helmfile.d" / name)
    releases: list[Document] = document["releases"]
    return releases


@cache
def inventory(cluster: str) -> Cluster:
    text = (ROOT / "inventory" / f"{cluster}.yaml").read_text(encoding="utf-8")
    return Cluster.model_validate_json(json.dumps(yaml.safe_load(text)))


@cache
def rendered(cluster: str, name: str, node: Node | None = None) -> list[Document]:
    """Documents of a template of the tree (name: relative to the tree), rendered with the inventory's values."""
    return parse(Templates(ROOT).render(f"kubernetes/{cluster}/{name}", variables(inventory(cluster), node)))


def values_of(cluster: str, app: str) -> Document:
    """The values file that helmfile and Flux share. app: namespace/name."""
    (document,) = documents(ROOT / "kubernetes" / cluster / "apps" / app / "app" / "helm" / "values.yaml")
    return document
