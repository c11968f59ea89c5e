"""YAML nodes to plain values: text, numbers, true, false, null, lists, mappings. Everything else is a problem."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from inventory.problem import Problem
from inventory.scalars import plain

_PREFIX = "tag:yaml.org,2002:"
_STANDARD = frozenset(f"{_PREFIX}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_IMPLICIT = frozenset(f"{_PREFIX}{name}" for name in ("timestamp", "merge", "value"))


class Constructor:
    """Builds the values of one file and collects the problems met. Aliases share a value, so that they cannot grow."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._built: dict[int, Any] = {}
        self._open: set[int] = set()

    def value(self, node: Node) -> Any:
        """The plain value of a node; None where a problem is noted instead."""
        key = id(node)
        if key in self._open:
            return self._problem(node, "an alias that contains itself", "values that end")
        if key not in self._built:
            self._open.add(key)
            self._built[key] = self._build(node)
            self._open.discard(key)
        return self._built[key]

    def _build(self, node: Node) -> Any:
        self._check_tag(node)
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if isinstance(node, SequenceNode):
            return [self.value(item) for item in node.value]
        return _scalar(node)

    def _check_tag(self, node: Node) -> None:
        tag = str(node.tag)
        if tag not in _STANDARD and not (isinstance(node, ScalarNode) and tag in _IMPLICIT):
            self._problem(node, f"the tag {tag.replace(_PREFIX, '!!')}", "a plain value", "remove the tag")

    def _mapping(self, node: MappingNode) -> dict[str, Any]:
        lines: dict[str, int] = {}
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key)
            if name is None:
                continue
            if name in values:
                self._problem(
                    key, f"duplicate key `{name}`, first at line {lines[name]}", "each key once", "remove one"
                )
                continue
            lines[name], values[name] = key.start_mark.line + 1, self.value(value)
        return values

    def _key(self, key: Node) -> str | None:
        if isinstance(key, ScalarNode):
            return str(key.value)
        self._problem(key, "a key that is a list or a mapping", "a name as key")
        return None

    def _problem(self, node: Node, what: str, expected: str, remedy: str = "") -> None:
        self.problems.append(Problem(f"{self._file}:{node.start_mark.line + 1}", what, expected, remedy))


def _scalar(node: Node) -> Any:
    """The parser tells quoted and tagged text apart from bare scalars; what a bare one means is decided here."""
    return str(node.value) if node.tag == f"{_PREFIX}str" else plain(str(node.value))
