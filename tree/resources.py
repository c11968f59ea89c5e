"""What resources.yaml.j2 renders to must be objects that can be applied before anything else is there."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.problem import Problem
from tree import merge
from tree.manifest import name


def problems(text: str, place: str) -> Iterator[Problem]:
    """Documents that are no Kubernetes object, and objects whose namespace is not among those that stand before them
    (kube-system and default are always there)."""
    documents, broken = merge.documents(text, place)
    yield from broken
    namespaces = {"", "default", "kube-system", "kube-public"}
    for document in documents:
        kind = document.get("kind")
        if not document.get("apiVersion") or not kind or not name(document):
            yield Problem(place, f"a document ({kind or 'no kind'}) is no object", "apiVersion, kind and metadata.name")
            continue
        if kind == "Namespace":
            namespaces.add(name(document))
        metadata = document["metadata"]
        if str(metadata.get("namespace") or "") not in namespaces:
            what = f"the {kind} {name(document)} is in {metadata['namespace']}, which is not created before it"
            yield Problem(place, what, "the Namespace above the objects that are in it", "add the Namespace")
