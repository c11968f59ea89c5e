"""Find what a reference names in what Connect answers: vaults, items, sections and fields, by name or id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tree.reference import Reference

Thing = Mapping[str, Any]


def named(things: Sequence[Thing], name: str, label: str) -> list[Thing]:
    """Those whose id or label (the key that holds the name) is `name`; by lower case, as 1Password compares."""
    wanted = name.lower()
    by_id = [thing for thing in things if str(thing.get("id", "")).lower() == wanted]
    return by_id or [thing for thing in things if str(thing.get(label, "")).strip().lower() == wanted]


def fields(item: Thing, reference: Reference) -> list[Thing]:
    """The fields that the reference can mean. Without a section, those outside of all sections come first.

    Shapes as in the Connect API's FullItem: a section has id and label; a field has id, label, value and section.id.
    """
    matching = named(item.get("fields") or (), reference.field, "label")
    if not reference.section:
        return [field for field in matching if not _section(field)] or matching
    sections = {thing.get("id") for thing in named(item.get("sections") or (), reference.section, "label")}
    return [field for field in _all_named(item, reference.field) if _section(field) in sections]


def _all_named(item: Thing, name: str) -> list[Thing]:
    wanted = name.lower()
    return [
        f for f in item.get("fields") or () if wanted in (str(f.get("id")).lower(), str(f.get("label", "")).lower())
    ]


def _section(field: Thing) -> str:
    return str((field.get("section") or {}).get("id", ""))
