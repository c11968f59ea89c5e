"""How a Kubernetes object is read: a field that is absent, or of another type than expected, reads as its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = Mapping[str, Any]
"""A Kubernetes object as it stands in JSON."""


def at(obj: object, *path: str) -> Any:
    """The value at a path of keys; None when a part of the path is missing."""
    for key in path:
        if not isinstance(obj, dict):  # JSON has no other mapping, and this is asked 20,000 times in a bootstrap
            return None
        obj = obj.get(key)
    return obj


def integer(obj: object, *path: str, default: int = 0) -> int:
    value = at(obj, *path)
    return value if is_integer(value) else default


def text(obj: object, *path: str) -> str:
    for key in path:  # `at` once more: this is the most often called function of a bootstrap
        if not isinstance(obj, dict):
            return ""
        obj = obj.get(key)
    return obj if isinstance(obj, str) else ""


def mappings(obj: object, *path: str) -> tuple[Object, ...]:
    """The objects in a list; empty when there is no list."""
    value = at(obj, *path)
    if not isinstance(value, list | tuple):
        return ()
    return tuple([item for item in value if isinstance(item, dict)])


def is_integer(value: object) -> bool:
    """JSON's true is not a number, although Python's is."""
    return isinstance(value, int) and not isinstance(value, bool)


def group_kind(obj: Object) -> str:
    """ "apps/Deployment"; kinds of the core group stand alone: "Pod"."""
    group, slash, _ = text(obj, "apiVersion").partition("/")
    kind = text(obj, "kind")
    return f"{group}/{kind}" if slash else kind


def name_of(obj: Object) -> str:
    return text(obj, "metadata", "name")


def full_name(obj: Object) -> str:
    """ "namespace/name", or the name alone for what has no namespace."""
    namespace = text(obj, "metadata", "namespace")
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def title(obj: Object) -> str:
    """How a sentence names an object: "Deployment kube-system/coredns"."""
    return f"{text(obj, 'kind')} {full_name(obj)}".strip()


def generation(obj: Object) -> int:
    """Of the spec. Objects without one (core kinds) read as 0."""
    return integer(obj, "metadata", "generation")


def uid(obj: Object) -> str:
    return text(obj, "metadata", "uid")
