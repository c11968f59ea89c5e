"""CustomResourceDefinitions of the stand-in charts: right in group, names, scope and versions; any content fits."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_SCOPES = ("Namespaced", "Cluster")


@dataclass(frozen=True, slots=True)
class Definition:
    """versions: all served, the first one stored."""

    group: str
    kind: str
    plural: str
    scope: str
    versions: tuple[str, ...]


def read(table: str) -> tuple[Definition, ...]:
    """The rows of a table: group, kind, plural, scope, versions, parted by blanks; `#` begins a comment.

    Raises ValueError for a row that says less or something else.
    """
    rows = [line.split() for line in table.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(_definition(row) for row in rows)


def _definition(row: list[str]) -> Definition:
    if len(row) < 5 or row[3] not in _SCOPES:
        raise ValueError(f"not a definition: {' '.join(row)} (expected group, kind, plural, scope, versions)")
    group, kind, plural, scope, *versions = row
    return Definition(group, kind, plural, scope, tuple(versions))


def manifest(definition: Definition) -> dict[str, object]:
    """The definition as Kubernetes takes it; status and scale are what their controllers would write."""
    names = {
        "kind": definition.kind,
        "listKind": f"{definition.kind}List",
        "plural": definition.plural,
        "singular": definition.kind.lower(),
    }
    metadata: dict[str, object] = {"name": f"{definition.plural}.{definition.group}"}
    if definition.group.endswith(".k8s.io"):
        # without a word of approval the API server marks definitions of this group (KEP-2337)
        metadata["annotations"] = {"api-approved.kubernetes.io": "unapproved, a stand-in of the lab"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": {
            "group": definition.group,
            "names": names,
            "scope": definition.scope,
            "versions": [_version(name, name == definition.versions[0]) for name in definition.versions],
        },
    }


def _version(name: str, stored: bool) -> dict[str, object]:
    return {
        "name": name,
        "served": True,
        "storage": stored,
        "schema": {"openAPIV3Schema": ANYTHING},
        "subresources": {"status": {}},
    }


def manifests(table: str) -> str:
    """All definitions of a table as one YAML text."""
    return "".join(f"---\n{yaml.safe_dump(manifest(definition), sort_keys=False)}" for definition in read(table))
