"""Where the lab's tools are. Reads the cache only: what is missing is built by `invoke tools`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.errors import Permanent
from inventory.problem import BadInput, Problem
from lab.toolbox.catalog import RECIPES, TOOLS, chosen
from lab.toolbox.key import recipe_key, user_cache
from lab.toolbox.tool import Binary, Tool


class NotBuilt(Permanent):
    """A tool is not in the cache, or not in the version that the repository asks for. names: all that are missing."""

    def __init__(self, names: tuple[str, ...], cache: Path) -> None:
        are = "is" if len(names) == 1 else "are"
        super().__init__(
            f"{', '.join(names)} {are} not in {cache} in the version that this repository asks for",
            f"run `invoke tools{''.join(f' --only {name}' for name in names[:4]) if len(names) < 5 else ''}`, "
            "then run the same command again",
        )
        self.names = names


@dataclass(frozen=True, slots=True)
class Toolbox:
    """cache: None is that of the user. tools, recipes: what is built; the lab's own unless a test brings others."""

    cache: Path | None = None
    tools: tuple[Tool, ...] = field(default=TOOLS, repr=False)
    recipes: Path = RECIPES

    @property
    def root(self) -> Path:
        """The folder of all tools."""
        return self.cache if self.cache is not None else user_cache()

    def folder(self, tool: Tool) -> Path:
        """Where this version of it is, or will be."""
        return self.root / tool.name / recipe_key(tool, self.recipes)

    def place(self, tool: Tool, binary: Binary) -> Path:
        """Where this program is, or will be."""
        return self.folder(tool) / "bin" / binary.on_disk

    def program(self, name: str) -> Path:
        """A program that can be started. Raises NotBuilt; BadInput for a name that no tool has."""
        [tool] = chosen([name], self.tools)
        named = [binary for binary in tool.binaries if binary.name == name]
        if not named:
            programs = ", ".join(binary.name for binary in tool.binaries)
            raise BadInput([Problem(name, "this tool has no program of its own name", f"one of {programs}")])
        found = self.place(tool, named[0])
        if not _runs(found):
            raise NotBuilt((name,), self.root)
        return found

    def material(self, name: str) -> Path:
        """What is kept of the module of the tool `name`, as it lay there. Raises NotBuilt, BadInput for no such tool.

        It is kept also for a tool whose program was taken from PATH.
        """
        [tool] = chosen([name], self.tools)
        found = self.folder(tool) / "material"
        if not found.is_dir():
            raise NotBuilt((name,), self.root)
        return found

    def missing(self, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """Those of `names` (tools or programs; None: all tools) that are not there. Raises BadInput."""
        if names is None:
            return tuple(tool.name for tool in self.tools if not self.has(tool))
        asked = tuple(names)
        return tuple(name for name in asked if not all(self.has(tool) for tool in chosen([name], self.tools)))

    def has(self, tool: Tool) -> bool:
        """Whether all of it is there."""
        return all(_runs(self.place(tool, binary)) for binary in tool.binaries) and (
            not tool.material or (self.folder(tool) / "material").is_dir()
        )


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)
