"""How sentences name many things without leaving one out. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from estate.kubernetes import Manifest

EXPLAINED = 4


def all_named(reasons: Mapping[str, str]) -> str:
    """The reasons of the first few, and the names of all others. reasons: by name, and each names what it is about."""
    explained = "; ".join(list(reasons.values())[:EXPLAINED])
    others = list(reasons)[EXPLAINED:]
    return f"{explained}; likewise {', '.join(others)}" if others else explained


def full_name(obj: Manifest) -> str:
    """namespace/name."""
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"
