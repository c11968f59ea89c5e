"""Does a rendered config carry the identity that the inventory names? Another CA is found here, and not when etcd is
bootstrapped and answers `x509: certificate signed by unknown authority` (failure 12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inventory.model import Identity
from inventory.problem import Problem
from tree import merge
from tree.machine_config import value
from tree.reference import Reference, parse

_FIELDS = {"cluster.id": "cluster_id", "machine.ca.crt": "talos_ca", "cluster.ca.crt": "kubernetes_ca"}


def problems(config: str, identity: Identity, place: str) -> Iterator[Problem]:
    """Fields of a machine config that are taken from elsewhere than the inventory's identity says."""
    documents, _ = merge.documents(config, place)
    for document in documents:
        for path, name in _FIELDS.items() if "machine" in document else ():
            yield from _differs(value(document, path), path, getattr(identity, name), name, place)


def talosconfig_problems(talosconfig: str, identity: Identity, place: str) -> Iterator[Problem]:
    """The same for the CA of every context of a talosconfig; a talosconfig without a usable context."""
    documents, broken = merge.documents(talosconfig, place)
    yield from broken
    for document in documents:
        found_contexts, current = document.get("contexts"), document.get("context")
        contexts: Mapping[str, Any] = found_contexts if isinstance(found_contexts, Mapping) else {}
        if current not in list(contexts):
            yield Problem(place, f"the context {current!r} is not defined", "a context of `contexts`")
        for name, context in contexts.items():
            found = value(context, "ca")
            yield from _differs(found, f"contexts.{name}.ca", identity.talos_ca, "talos_ca", place)


def _differs(found: Any, path: str, expected: str, name: str, place: str) -> Iterator[Problem]:
    wanted, actual = parse(expected), parse(str(found))
    if isinstance(wanted, Reference) and actual != wanted:
        what = f"`{path}` is {found if isinstance(actual, Reference) else 'not a reference'}"
        remedy = "they must be one value, or machines and talosctl do not trust each other"
        yield Problem(place, what, f"{expected}, the inventory's identity.{name}", remedy)
