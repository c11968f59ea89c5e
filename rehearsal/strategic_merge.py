"""Talos' strategic merge of a patch over a machine config. Pure.

Mappings merge, lists append, except: lists that are replaced, and network interfaces, which merge where they mean the
same device. Source: talos.dev, "Configuration Patches"; siderolabs/talos, pkg/machinery/config/merge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REPLACED = frozenset({"podSubnets", "serviceSubnets", "auditPolicy"})
"""Keys of which the patch's value takes the place of the base's."""


def merged(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A new document; neither argument is changed. `$patch: delete` takes a mapping away."""
    result = dict(base)
    for key, value in patch.items():
        if isinstance(value, Mapping) and value.get("$patch") == "delete":
            result.pop(key, None)
        else:
            result[key] = _value(key, result.get(key), value)
    return result


def _value(key: str, old: Any, new: Any) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return dict(new) if key in REPLACED else merged(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _list(key, old, new)
    return new


def _list(key: str, old: list[Any], new: list[Any]) -> list[Any]:
    if key in REPLACED:
        return list(new)
    if key != "interfaces":
        return [*old, *new]
    result = list(old)
    for interface in new:
        index = next((i for i, other in enumerate(result) if _same_device(other, interface)), None)
        if index is None:
            result.append(interface)
        else:
            result[index] = merged(result[index], interface)
    return result


def _same_device(one: Any, other: Any) -> bool:
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return False
    named = one.get("interface"), other.get("interface")
    selected = one.get("deviceSelector"), other.get("deviceSelector")
    return (named[0] is not None and named[0] == named[1]) or (selected[0] is not None and selected[0] == selected[1])
