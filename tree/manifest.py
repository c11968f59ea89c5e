"""Reading Kubernetes manifests by the hundred.

CSafeLoader is twenty times faster than ruamel.yaml, and the fast way is taken here on purpose: 78 apps and more are
read before every run. Its price is accepted: it is YAML 1.1 and takes the last of two equal keys in silence. Only
names, paths and dependencies are taken from these files, which are texts in both versions of YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml

from inventory.problem import BadInput, Problem

_SEPARATOR = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::?[=-]([^{}]*))?\}")


@lru_cache(maxsize=4096)
def _loaded(content: bytes) -> tuple[Any, ...]:
    return tuple(yaml.load_all(content, Loader=yaml.CSafeLoader))


def documents(content: bytes, path: str) -> Iterator[Mapping[str, Any]]:
    """The mappings among the documents of a file; they are shared, so nobody may change them. Raises BadInput."""
    try:
        loaded = _loaded(content)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        place = f"{path}:{mark.line + 1 if mark else 1}"
        raise BadInput([Problem(place, f"it is not YAML ({reason})", "Kubernetes manifests as YAML")]) from None
    yield from (document for document in loaded if isinstance(document, dict))


def names(content: bytes, path: str, kind: str) -> Iterator[str]:
    """metadata.name of the objects of `kind` in a file. Raises BadInput when the file must be parsed and is not YAML.

    Most files name their object in the plainest of ways; finding it by eye is a hundred times faster than parsing.
    """
    if kind.encode() not in content:
        return
    found = [_seen(document, kind) for document in _SEPARATOR.split(content.decode("utf-8", "replace"))]
    if "" not in found:
        yield from (name for name in found if name)
        return
    for document in documents(content, path):
        if document.get("kind") == kind:
            yield name(document)


def name(document: Mapping[str, Any]) -> str:
    """metadata.name of an object, "" where it has none."""
    metadata = document.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def _seen(document: str, kind: str) -> str | None:
    """The name of a document of `kind`; None for other kinds; "" when it cannot be told without parsing."""
    found = re.search(r"^kind:[ \t]*(\S+)[ \t]*$", document, re.MULTILINE)
    if found is None:
        return "" if kind in document else None
    if found[1] != kind:
        return None if re.fullmatch(r"\w+", found[1]) else ""
    block = re.search(r"^metadata:[ \t]*\n((?:[ \t]+.*\n?|[ \t]*\n)+)", document, re.MULTILINE)
    indent = re.match(r"[ \t]*", block[1])[0] if block else ""  # type: ignore[index]
    names = re.search(rf"^{indent}name:[ \t]+([a-z0-9$][^\s#&*'\"]*)[ \t]*$", block[1], re.MULTILINE) if block else None
    return names[1] if names else ""


def substituted(text: str, values: Mapping[str, str]) -> str:
    """`text` after Flux's postBuild.substitute: ${X}, ${X:=default} and ${X:-default}, also one within another. What
    has neither value nor default stays as it is."""
    for _ in range(8):
        replaced = _VARIABLE.sub(lambda match: values.get(match[1], match[0] if match[2] is None else match[2]), text)
        if replaced == text:
            break
        text = replaced
    return text
