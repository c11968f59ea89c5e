"""What a stand-in chart takes from the sources of the lab's real controllers: their own CustomResourceDefinitions.

The definitions fit the controllers that run in the lab, whatever version of the chart a tree names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

Material = Callable[[str], Path]
"""A tool's name -> the folder of its module's sources (of those that are kept)."""

# cert-manager's files are pieces of a chart: their labels, and a comment, are template calls
_CALL = re.compile(r"'?\{\{.*?\}\}'?")


def definitions(line: str, material: Material) -> Mapping[str, bytes]:
    """The files that a material.txt asks for, by name. line: a tool, and a folder of its module.

    Raises FileNotFoundError when the folder is not there or holds no definition.
    """
    tool, folder = line.split()
    found = {path.name: path for path in (material(tool) / folder).glob("*.yaml") if path.name != "kustomization.yaml"}
    if not found:
        raise FileNotFoundError(f"{material(tool) / folder} holds no CustomResourceDefinition of {tool}")
    return {name: _CALL.sub(tool, path.read_text(encoding="utf-8")).encode() for name, path in sorted(found.items())}
