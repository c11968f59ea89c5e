"""A YAML file as plain values, with the line of every key."""

from __future__ import annotations

from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node
from ruamel.yaml.reader import ReaderError

from inventory.construct import Constructor
from inventory.problem import Problem
from inventory.scalars import Scalar

Location = tuple[str | int, ...]
"""Keys and indexes from the root to a value, e.g. ("nodes", 0, "mac")."""

Value = Scalar | list["Value"] | dict[str, "Value"]


def dotted(location: Location) -> str:
    """A location as people write it: nodes[0].mac."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


@dataclass(frozen=True)
class Document:
    """One file.

    file: relative to the root, e.g. inventory/main.yaml. value: what it says. root: its YAML nodes, for the lines; None
    for a file that says nothing.
    """

    file: str
    value: Value
    root: Node | None = None

    def place(self, location: Location = ()) -> str:
        """ "file:line" of a key or list item; of the nearest one above it where it does not stand in the file."""
        return f"{self.file}:{self.line(location)}"

    def get(self, location: Location) -> Value:
        """The value at a location; None where there is none."""
        value: Value = self.value
        for part in location:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def line(self, location: Location = ()) -> int:
        """Counted from 1. A mapping's entry is where its key stands, a list's item where it begins."""
        node, line = self.root, 1 if self.root is None else _line(self.root)
        for part in location:
            found = _step(node, part)
            if found is None:
                break
            marker, node = found
            line = _line(marker)
        return line


def parse(file: str, text: str) -> tuple[Document, tuple[Problem, ...]]:
    """Read one YAML 1.2 document. Never raises: what is broken is a problem, and what can be read is read.

    A file in broken YAML has one problem, the first: after it nothing can be told with certainty.
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if root is None:
            return Document(file, None), (_empty(file),)
        constructor = Constructor(file)
        value = constructor.value(root)
        return Document(file, value, root), tuple(constructor.problems)
    except RecursionError:
        return Document(file, None), (_broken(file, 1, "it is nested too deeply"),)
    except YAMLError as error:
        return Document(file, None), (_broken(file, _line_of(error, text), _sentence(error)),)
    except Exception as error:  # the parser's own defects on garbage must not become a traceback
        return Document(file, None), (_broken(file, 1, f"the YAML parser gave up ({type(error).__name__})"),)


def _step(node: Node | None, part: str | int) -> tuple[Node, Node] | None:
    """The node that marks a part below `node`, and the part's value."""
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    items = getattr(node, "value", None)
    if isinstance(part, int) and isinstance(items, list) and part < len(items):
        return items[part], items[part]
    return None


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _line_of(error: YAMLError, text: str) -> int:
    if isinstance(error, ReaderError):
        return text.count("\n", 0, int(error.position)) + 1
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return 1 if mark is None else int(mark.line) + 1


def _sentence(error: YAMLError) -> str:
    if isinstance(error, ReaderError):
        return "a character that YAML does not allow"
    said = (error.context, error.problem) if isinstance(error, MarkedYAMLError) else ()
    return ", ".join(part for part in said if part) or type(error).__name__


def _broken(file: str, line: int, what: str) -> Problem:
    return Problem(f"{file}:{line}", f"broken YAML: {what}", "one YAML 1.2 document", "mend it near this line")


def _empty(file: str) -> Problem:
    return Problem(f"{file}:1", "the file is empty", "one cluster", "write it, or delete the file")
