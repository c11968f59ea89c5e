"""A node's config as Talos will see it: the base with the node's patch over it.

This is for looking only; what is applied is merged by talosctl. The rules are those of strategic merge patches
(https://docs.siderolabs.com/talos/v1.13/configure-your-talos-cluster/system-configuration/patching): mappings merge,
lists are appended, `$patch: delete` removes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from inventory.problem import Problem

Document = Mapping[str, Any]


def documents(base: str, patch: str, place: str) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """The documents of `base` with those of `patch` merged over them, or what keeps them from being read."""
    try:
        below, above = _loaded(base), _loaded(patch)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in rendered line {mark.line + 1}" if mark else ""
        what = f"it is not YAML ({getattr(error, 'problem', None) or error}{line})"
        return (), (Problem(place, what, "YAML after rendering", "look at it with `invoke render`"),)
    if any(not isinstance(document, dict) for document in (*below, *above)):
        return (), (Problem(place, "a document of it is not a mapping", "mappings, and no JSON patches"),)
    return tuple(_over(below, above)), ()


def _loaded(text: str) -> list[Any]:
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document is not None]


def _identity(document: Document) -> tuple[Any, Any]:
    return document.get("kind"), document.get("name")


def _over(below: list[Document], above: list[Document]) -> list[Document]:
    merged = {_identity(document): document for document in below}
    for document in above:
        key = _identity(document)
        merged[key] = over(merged[key], document) if key in merged else document
    return list(merged.values())


def over(below: Document, above: Document) -> Document:
    """`above` merged over `below`."""
    merged = dict(below)
    for key, new in above.items():
        old = merged.get(key)
        if isinstance(new, Mapping) and new.get("$patch") == "delete":
            merged.pop(key, None)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            merged[key] = over(old, new)
        elif isinstance(old, list) and isinstance(new, list):
            merged[key] = [*old, *new]
        else:
            merged[key] = new
    return merged
