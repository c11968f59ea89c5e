"""A tool of a few lines that is built without any network: its module is a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lab.toolbox.building import Machine
from lab.toolbox.caches import KEEP
from lab.toolbox.tool import Binary, Probe, Tool
from lab.toolbox.toolbox import Toolbox

SAYS = Probe(("--version",), r"tiny version (\S+)")
TINY = Tool(
    "tiny", "example.test/tiny", "1.2.3", (Binary("tiny", "example.test/tiny", probe=SAYS),),
    go="1.24.0", settings=(("main.version", "v1.2.3"),),
)  # fmt: skip
MAIN = """package main

import "syscall"

var version = "unset"

func main() { syscall.Write(1, []byte("tiny version " + version + "\\n")) }
"""
EMBEDDING = """package main

import _ "embed"

//go:embed page/index.html
var page string

func main() { println(len(page)) }
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A toolbox of one tool below `folder`, and the lines that were told while it was built."""

    folder: Path
    tool: Tool = TINY

    @property
    def toolbox(self) -> Toolbox:
        return Toolbox(self.folder / "cache", (self.tool,), self.folder / "recipes")

    @property
    def source(self) -> Path:
        return self.folder / "source"

    def write(self, main: str = MAIN) -> Bench:
        """The module and the recipe; the recipe takes the module from its folder."""
        recipe = self.folder / "recipes" / self.tool.name
        for folder in (self.source, recipe):
            folder.mkdir(parents=True, exist_ok=True)
        (self.source / "go.mod").write_text("module example.test/tiny\n\ngo 1.24\n")
        (self.source / "main.go").write_text(main)
        (recipe / "go.mod").write_text(
            "module recipe\n\ngo 1.24\n\ntool example.test/tiny\n\nrequire example.test/tiny v1.2.3\n\n"
            f"replace example.test/tiny => {self.source}\n"
        )
        (recipe / "go.sum").write_text("")
        return self


def machine(kept: Path | None, path: str = "", free: int = 1 << 50) -> Machine:
    """One without network. kept: folder of Go's caches; None: they are temporary. path: searched before the rest."""
    environ = {**os.environ, "GOPROXY": "off", KEEP: str(kept or "")}
    if path:
        environ["PATH"] = os.pathsep.join((path, environ["PATH"]))
    return Machine(environ, lambda _: free)


def script(at: Path, text: str) -> Path:
    """A program of the shell."""
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(f"#!/bin/sh\n{text}\n")
    at.chmod(0o755)
    return at
