"""`tools`: the programs of the lab, built once into the user's cache, or taken from PATH."""

from __future__ import annotations

import sys
from pathlib import Path

from lab.toolbox.building import build
from lab.toolbox.catalog import chosen
from lab.toolbox.toolbox import Toolbox
from operations.table import table


def build_tools(only: tuple[str, ...], toolbox: Toolbox | None = None) -> int:
    """Make all of them, or those of these names, and print what is where. Returns 0.

    Raises BadInput for unknown names, Permanent for what stands against a build.
    """
    toolbox = toolbox or Toolbox()
    build(toolbox, only or None, _say)
    print(as_text(toolbox, only))
    return 0


def as_text(toolbox: Toolbox, only: tuple[str, ...] = ()) -> str:
    """One line a program: its name, version, built or from PATH, where it is."""
    rows = [
        (binary.name, tool.version, *_origin(toolbox.place(tool, binary)))
        for tool in chosen(only or None, toolbox.tools)
        for binary in tool.binaries
    ]
    return "\n".join(table([("program", "version", "from", "path"), *rows]))


def _origin(place: Path) -> tuple[str, str]:
    if place.is_symlink():
        return ("PATH", str(place.resolve()))
    return ("built", str(place)) if place.is_file() else ("missing", "")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
