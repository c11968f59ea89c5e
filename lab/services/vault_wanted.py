"""What the cluster's own secret store will be asked for: the ExternalSecrets of a tree's manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tree.reference import Reference, parse

DEFAULT_PROPERTY = "password"
"""What the onepassword provider of external-secrets reads where a remoteRef has no property."""


def wanted_by_stores(folder: Path, vault: str) -> frozenset[Reference]:
    """References for all remoteRefs and extracts in the YAML files below a folder.

    Keys that Flux completes (${APP}) and names that are no reference's are left out: nobody can say now what they are.
    """
    found = (parse(f"op://{vault}/{key}/{name}") for document in _documents(folder) for key, name in _asked(document))
    return frozenset(each for each in found if isinstance(each, Reference))


def _documents(folder: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted(folder.rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if "ExternalSecret" in text:
            yield from (each for each in yaml.safe_load_all(text) if isinstance(each, dict))


def _asked(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if document.get("kind") not in ("ExternalSecret", "ClusterExternalSecret"):
        return
    spec = document.get("spec") or {}
    spec = spec.get("externalSecretSpec") or spec
    references = [each.get("remoteRef") for each in spec.get("data") or ()]
    references += [each.get("extract") for each in spec.get("dataFrom") or ()]
    for reference in references:
        if reference and "key" in reference:
            yield str(reference["key"]), _field(str(reference.get("property") or DEFAULT_PROPERTY))


def _field(name: str) -> str:
    return name.removeprefix("field/")
