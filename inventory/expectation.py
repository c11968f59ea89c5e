"""What the schema says that a place of an inventory file should hold, in words."""

from __future__ import annotations

from inventory.document import Location
from inventory.schema import Schema, schema


def expected(location: Location) -> str:
    """Completes "expected ...", e.g. "a port, 1 to 65535" or "a section with the keys vip, name, port"."""
    node = _at(location)
    if "properties" in node:
        return f"a section with the keys {', '.join(node['properties'])}"
    if "description" in node:
        return str(node["description"])
    if node.get("type") == "array":
        return "a list"
    return "a section of step names, each with a number of seconds"


def expected_key(location: Location) -> str:
    """What a key must be, for pydantic's location of a bad key (the key, then "[key]"); "" for any other location."""
    if location[-1:] != ("[key]",):
        return ""
    return str(_at(location[:-2]).get("propertyNames", {}).get("description", ""))


def keys(location: Location) -> tuple[str, ...]:
    """The keys that a section may have."""
    return tuple(_at(location).get("properties", ()))


def _at(location: Location) -> Schema:
    node = _resolve(schema())
    for part in location:
        node = _resolve(_below(node, part))
    return node


def _below(node: Schema, part: str | int) -> Schema:
    if isinstance(part, int):
        return dict(node["items"])
    if part in node.get("properties", ()):
        return dict(node["properties"][part])
    return dict(next(iter(node["patternProperties"].values())))


def _resolve(node: Schema) -> Schema:
    """Follow a reference; of an optional value, take what is not null."""
    if "anyOf" in node:
        node = next(choice for choice in node["anyOf"] if choice.get("type") != "null")
    if "$ref" in node:
        return dict(schema()["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return node
