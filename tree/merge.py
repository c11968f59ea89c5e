"""A node's config as Talos will see it: the base with the node's patch over it.

This is for looking only; what is applied is merged by talosctl. The rules are those of strategic merge patches
(https://docs.siderolabs.com/talos/v1.13/configure-your-talos-cluster/system-configuration/patching): mappings merge,
lists are appended, `$patch: delete` removes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from inventory.problem import Problem

Document = Mapping[str, Any]


Read = tuple[tuple[Document, ...], tuple[Problem, ...]]
"""Documents, or what keeps them from being read."""


def documents(text: str, place: str) -> Read:
    """The documents of a rendered text, which must be mappings."""
    try:
        loaded = [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document is not None]
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in rendered line {mark.line + 1}" if mark else ""
        what = f"it is not YAML ({getattr(error, 'problem', None) or type(error).__name__}{line})"
        return (), (Problem(place, what, "YAML after rendering", "look at it with `invoke render`"),)
    if any(not isinstance(document, dict) for document in loaded):
        return (), (Problem(place, "a document of it is not a mapping", "mappings, and no JSON patches"),)
    return tuple(loaded), ()


def merged(base: Iterable[Document], patch: Iterable[Document]) -> tuple[Document, ...]:
    """Documents of `patch` merged over those of `base` that have the same kind and name; new ones follow."""
    result = {_identity(document): document for document in base}
    for document in patch:
        key = _identity(document)
        result[key] = over(result[key], document) if key in result else document
    return tuple(result.values())


def _identity(document: Document) -> tuple[str, str]:
    return str(document.get("kind")), str(document.get("name"))


def over(below: Document, above: Document) -> Document:
    """`above` merged over `below`."""
    result = dict(below)
    for key, new in above.items():
        old = result.get(key)
        if isinstance(new, Mapping) and new.get("$patch") == "delete":
            result.pop(key, None)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            result[key] = over(old, new)
        elif isinstance(old, list) and isinstance(new, list):
            result[key] = [*old, *new]
        else:
            result[key] = new
    return result
