"""Which files of a folder are applied: kustomize's `resources` and `components`, followed through a tree.

A file that no kustomization.yaml lists is not applied. Where a folder has none, Flux applies every manifest below it
(https://fluxcd.io/flux/components/kustomize/kustomizations/#generating-a-kustomizationyaml-file).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import join, normpath
from typing import Any

from inventory.problem import BadInput, Problem
from tree.files import Files
from tree.manifest import documents

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, slots=True)
class Folders:
    """The files of a tree, and the folders that they stand in with what these hold."""

    files: Files
    children: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that is applied. namespace: what kustomize sets in all its objects, "" for what the file says itself."""

    path: str
    namespace: str = ""


def folders(files: Files) -> Folders:
    """Index `files` by folder."""
    children: dict[str, dict[str, None]] = {}
    for file in files:
        path, parent = file, file.rpartition("/")[0]
        while parent and path not in children.setdefault(parent, {}):
            children[parent][path] = None
            path, parent = parent, parent.rpartition("/")[0]
    return Folders(files, {folder: tuple(entries) for folder, entries in children.items()})


def applied(tree: Folders, folder: str) -> Iterator[Applied | Problem]:
    """Every file that `kustomize build folder` reads as a resource, in its order. In their place among them: problems,
    for a resource that is missing, a kustomization.yaml that cannot be read and one that includes itself."""
    yield from _folder(tree, folder, "", ())


def _folder(tree: Folders, folder: str, namespace: str, above: tuple[str, ...]) -> Iterator[Applied | Problem]:
    own = next((f"{folder}/{name}" for name in _NAMES if f"{folder}/{name}" in tree.files), None)
    if own is None:
        yield from _generated(tree, folder, namespace, above)
    elif folder in above:
        yield Problem(f"{own}:1", "it includes itself", "resources without a cycle")
    else:
        yield from _listed(tree, own, folder, namespace, above)


def _generated(tree: Folders, folder: str, namespace: str, above: tuple[str, ...]) -> Iterator[Applied | Problem]:
    for path in tree.children.get(folder, ()):
        if path in tree.children:
            yield from _folder(tree, path, namespace, above)
        elif path.endswith((".yaml", ".yml")):
            yield Applied(path, namespace)


def _listed(
    tree: Folders, own: str, folder: str, namespace: str, above: tuple[str, ...]
) -> Iterator[Applied | Problem]:
    try:
        document: Mapping[str, Any] = next(documents(tree.files[own], own), {})
    except BadInput as error:
        yield from error.problems
        return
    inherited = namespace or str(document.get("namespace") or "")
    for entry in _entries(document, own):
        if isinstance(entry, Problem):
            yield entry
        elif "://" not in entry and "?ref=" not in entry:
            yield from _resource(tree, own, folder, entry, inherited, (*above, folder))


def _entries(document: Mapping[str, Any], own: str) -> Iterator[str | Problem]:
    for key in ("resources", "components"):
        listed = document.get(key) or []
        if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
            yield Problem(f"{own}:1", f"`{key}` is not a list of paths", "a list of files and folders")
            continue
        yield from listed


def _resource(
    tree: Folders, own: str, folder: str, entry: str, namespace: str, above: tuple[str, ...]
) -> Iterator[Applied | Problem]:
    path = normpath(join(folder, entry))
    if path in tree.files:
        yield Applied(path, namespace)
    elif path in tree.children:
        yield from _folder(tree, path, namespace, above)
    else:
        place = f"{own}:{_line(tree.files[own], entry)}"
        what = f"it lists {entry}, which the tree does not have"
        yield Problem(place, what, "files and folders of this tree", "add the file, or remove the line")


def _line(content: bytes, entry: str) -> int:
    lines = content.decode("utf-8", "replace").splitlines()
    return next((number for number, line in enumerate(lines, 1) if entry in line), 1)
