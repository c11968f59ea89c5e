"""The tools under their names in one folder, for a PATH."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from lab.toolbox.catalog import chosen
from lab.toolbox.toolbox import NotBuilt, Toolbox

Helm = Literal[3, 4]


def link(toolbox: Toolbox, folder: Path, helm: Helm = 3, names: Iterable[str] | None = None) -> None:
    """Put a symbolic link for each program into `folder`; those that are there are replaced, others stay.

    helm: which one is called `helm`; helm4 has its own name besides. names: tools or programs; None is all.
    Raises NotBuilt, before anything is linked, with all that are missing.
    """
    tools = chosen(names, toolbox.tools)
    if missing := toolbox.missing(tool.name for tool in tools):
        raise NotBuilt(missing, toolbox.root)
    folder.mkdir(parents=True, exist_ok=True)
    for tool in tools:
        for binary in tool.binaries:
            _link(folder / binary.name, toolbox.place(tool, binary))
    if helm == 4 and any(tool.name == "helm4" for tool in tools):
        _link(folder / "helm", toolbox.program("helm4"))


def _link(at: Path, to: Path) -> None:
    # by a rename: somebody may start it at this moment
    fresh = at.with_name(f".{at.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(to)
    fresh.replace(at)
