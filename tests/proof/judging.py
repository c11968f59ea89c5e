"""One row of the table of components: its versions as texts, and the verdict, which nobody writes by hand."""

from __future__ import annotations

from dataclasses import dataclass

from lab.toolbox.catalog import TOOLS
from lab.toolbox.tool import Tool
from tests.proof.components import Component
from tests.proof.verdict import STAND_IN, compared
from tests.proof.versions import Trees, Versions


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, in the order of its columns."""

    name: str
    in_tree: str
    in_lab: str
    verdict: str
    note: str


def judged(component: Component, trees: Trees, tools: tuple[Tool, ...] = TOOLS) -> Row:
    """Raises LookupError for a program that the catalog does not have, ValueError for a component that nothing is."""
    in_tree = component.tree(trees)
    return Row(
        component.name,
        _shown(in_tree, len(trees.clusters)),
        _in_lab(component, tools),
        _verdict(component, in_tree, tools),
        component.note,
    )


def tool_of(program: str, tools: tuple[Tool, ...] = TOOLS) -> Tool:
    """The tool of the catalog that a program is built from. Raises LookupError."""
    for tool in tools:
        if program in (binary.name for binary in tool.binaries):
            return tool
    raise LookupError(f"the lab's catalog has no program {program}")


def _verdict(component: Component, in_tree: Versions, tools: tuple[Tool, ...]) -> str:
    if component.played_by:
        return STAND_IN
    if not component.programs and not component.machines:
        raise ValueError(f"{component.name}: neither a program nor played by anything")
    in_lab = _version(component, tools)
    return ", ".join(sorted({compared(version, in_lab) for version in in_tree.values()} or {compared("", in_lab)}))


def _version(component: Component, tools: tuple[Tool, ...]) -> str:
    """Of its programs; "" for a program of the machine."""
    versions = {tool_of(program, tools).version for program in component.programs}
    if len(versions) > 1:
        raise ValueError(f"{component.name}: programs of several versions have a row each")
    return next(iter(versions), "")


def _in_lab(component: Component, tools: tuple[Tool, ...]) -> str:
    version = _version(component, tools)
    if not component.played_by:
        return version or "the machine's"
    played = f"`{component.played_by}`"
    return f"{component.programs[0]} {version}, {played}" if version else played


def _shown(in_tree: Versions, clusters: int) -> str:
    different = set(in_tree.values())
    if not different:
        return "none named"
    if len(different) == 1:
        [only] = different
        return only if len(in_tree) == clusters else f"{only} ({', '.join(sorted(in_tree))})"
    return ", ".join(f"{version} ({name})" for name, version in sorted(in_tree.items()))
