"""The apps of a tree: the Flux Kustomizations that install.yaml files declare, and what each of them applies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import join, normpath
from typing import Any

from inventory.problem import BadInput, Problem
from tree import app_order, kustomize, manifest
from tree.app import App
from tree.files import Files
from tree.kustomize import Applied, Folders

_GROUP = "kustomize.toolkit.fluxcd.io/"


def read(files: Files, tree: str) -> tuple[tuple[App, ...], tuple[Problem, ...]]:
    """The apps below `tree`/apps that are applied, by namespace and name, and all problems of them. An install.yaml
    that no kustomization.yaml lists is left out: Flux will never see it."""
    folders = kustomize.folders(files)
    apps: list[App] = []
    problems: list[Problem] = []
    for entry in _declared(folders, tree):
        try:
            if isinstance(entry, Problem):
                problems.append(entry)
                continue
            for document in _kustomizations(files[entry.path], entry.path):
                app, found = _app(document, entry, folders, tree)
                apps.append(app)
                problems += found
        except BadInput as error:
            problems += error.problems
    apps.sort(key=lambda app: (app.namespace, app.name))
    elsewhere, found = _elsewhere(files, tree)
    return tuple(apps), (*problems, *found, *app_order.problems(apps, elsewhere))


def _declared(folders: Folders, tree: str) -> Iterator[Applied | Problem]:
    pattern = re.compile(rf"{re.escape(tree)}/apps/[^/]+/[^/]+/install\.ya?ml")
    for entry in kustomize.applied(folders, f"{tree}/apps"):
        if isinstance(entry, Problem) or pattern.fullmatch(entry.path):
            yield entry


def _kustomizations(content: bytes, path: str) -> Iterator[Mapping[str, Any]]:
    for document in manifest.documents(content, path):
        if document.get("kind") == "Kustomization" and str(document.get("apiVersion", "")).startswith(_GROUP):
            yield document


def _elsewhere(files: Files, tree: str) -> tuple[list[str], list[Problem]]:
    """Kustomizations that are declared beside the apps, in cluster/: apps may depend on them too."""
    names: list[str] = []
    problems: list[Problem] = []
    for path, content in files.items():
        if path.startswith(f"{tree}/cluster/") and path.endswith((".yaml", ".yml")):
            try:
                names += (_full_name(document) for document in _kustomizations(content, path))
            except BadInput as error:
                problems += error.problems
    return names, problems


def _full_name(document: Mapping[str, Any]) -> str:
    return f"{_mapping(document, 'metadata').get('namespace', '')}/{manifest.name(document)}"


def _app(document: Mapping[str, Any], entry: Applied, folders: Folders, tree: str) -> tuple[App, list[Problem]]:
    spec = _mapping(document, "spec")
    namespace = entry.namespace or _mapping(document, "metadata").get("namespace") or spec.get("targetNamespace") or ""
    path = normpath(str(spec.get("path") or "")).removeprefix("/")
    problems = [
        *_own_problems(document, namespace, entry.path),
        *_shape_problems(spec, entry.path),
        *_path_problems(path, entry.path, folders, tree),
    ]
    values = _texts(_mapping(_mapping(spec, "postBuild"), "substitute"))
    releases, volumes, found = _contents(_applied(folders, path, spec, entry.path), folders.files, values)
    app = App(
        name=manifest.name(document),
        namespace=str(namespace),
        path=path,
        depends_on=tuple(_dependencies(spec, str(namespace))),
        file=entry.path,
        suspended=spec.get("suspend") is True,
        releases=tuple(dict.fromkeys(releases)),
        volumes=tuple(dict.fromkeys(volumes)),
    )
    return app, [*problems, *found]


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _texts(values: Mapping[str, Any]) -> Mapping[str, str]:
    return {key: str(value) for key, value in values.items()}


def _own_problems(document: Mapping[str, Any], namespace: str, file: str) -> Iterator[Problem]:
    if not manifest.name(document):
        yield Problem(f"{file}:1", "a Kustomization has no metadata.name", "a name")
    if not namespace:
        what = f"the Kustomization {manifest.name(document)} has no namespace"
        yield Problem(f"{file}:1", what, "metadata.namespace, or `namespace` in a kustomization.yaml above it")


def _path_problems(path: str, file: str, folders: Folders, tree: str) -> Iterator[Problem]:
    if path in ("", "."):
        yield Problem(f"{file}:1", "a Kustomization has no spec.path", f"a folder below {tree}")
    elif not path.startswith(f"{tree}/"):
        yield Problem(f"{file}:1", f"spec.path is {path}", f"a folder below {tree}: clusters share nothing")
    elif path not in folders.children:
        yield Problem(f"{file}:1", f"spec.path {path} does not exist", "a folder of this tree", "mend spec.path")


def _shape_problems(spec: Mapping[str, Any], file: str) -> Iterator[Problem]:
    for key, kind, expected in (
        ("dependsOn", dict, "a list of names and namespaces"),
        ("components", str, "a list of paths"),
    ):
        listed = spec.get(key) or []
        if not isinstance(listed, list) or not all(isinstance(entry, kind) for entry in listed):
            yield Problem(f"{file}:1", f"spec.{key} is {listed!r}", expected)


def _list(mapping: Mapping[str, Any], key: str) -> list[Any]:
    value = mapping.get(key)
    return value if isinstance(value, list) else []


def _dependencies(spec: Mapping[str, Any], namespace: str) -> Iterator[str]:
    """A dependency without a namespace is in the Kustomization's own."""
    for dependency in _list(spec, "dependsOn"):
        if isinstance(dependency, dict):
            yield f"{dependency.get('namespace') or namespace}/{dependency.get('name', '')}"


def _applied(folders: Folders, path: str, spec: Mapping[str, Any], file: str) -> Iterator[Applied | Problem]:
    if path not in folders.children:
        return
    yield from kustomize.applied(folders, path)
    for component in _list(spec, "components"):
        folder = normpath(join(path, str(component)))
        if folder not in folders.children:
            what = f"the component {component} does not exist"
            yield Problem(f"{file}:1", what, f"a folder, relative to {path}", "mend spec.components")
        yield from kustomize.applied(folders, folder)


def _contents(
    entries: Iterator[Applied | Problem], files: Files, values: Mapping[str, str]
) -> tuple[Sequence[str], Sequence[str], Sequence[Problem]]:
    releases: list[str] = []
    volumes: list[str] = []
    problems: list[Problem] = []
    for entry in entries:
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        try:
            content = files[entry.path]
            releases += (_named(name, values) for name in manifest.names(content, entry.path, "HelmRelease"))
            volumes += (_named(name, values) for name in _volumes(content, entry.path))
        except BadInput as error:
            problems += error.problems
    return releases, volumes, problems


def _named(name: str, values: Mapping[str, str]) -> str:
    return manifest.substituted(name, values)


def _volumes(content: bytes, path: str) -> Iterator[str]:
    """Names of the claims in a file that VolSync fills from a backup when they are new."""
    if b"PersistentVolumeClaim" not in content or b"ReplicationDestination" not in content:
        return
    for document in manifest.documents(content, path):
        source = _mapping(_mapping(document, "spec"), "dataSourceRef")
        if document.get("kind") == "PersistentVolumeClaim" and source.get("kind") == "ReplicationDestination":
            yield manifest.name(document)
