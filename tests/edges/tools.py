"""Where the edges' tests find the real tools: those that the lab builds, else those of PATH."""

from __future__ import annotations

import shutil

from lab.toolbox import NotBuilt, Toolbox
from tests.needs import not_run


def program(name: str) -> str:
    """The path of a tool; the test ends as not run without it."""
    try:
        return str(Toolbox().program(name))
    except NotBuilt:
        found = shutil.which(name)
    return found or not_run(f"what {name} really does", f"{name}, built by `invoke tools`")
