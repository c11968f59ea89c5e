"""`invoke tools`: whatever is missing is taken from PATH or built, one tool after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bootstrap.errors import Permanent
from lab.toolbox.caches import Caches, caches, remove_tree, temporary_folder
from lab.toolbox.catalog import chosen
from lab.toolbox.go import Go, find_go
from lab.toolbox.making import Provision, make
from lab.toolbox.on_path import ask, fits, fitting
from lab.toolbox.space import Free, check_space, free_bytes
from lab.toolbox.tool import Tool
from lab.toolbox.toolbox import Toolbox
from lab.toolbox.turn import turn, turn_if_free

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """What a build looks at besides the cache."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    free: Free = free_bytes


def build(toolbox: Toolbox, names: Iterable[str] | None, tell: Tell, machine: Machine | None = None) -> None:
    """Make that all of `names` (tools or programs; None: all) are there. Does nothing for what is.

    tell: hears one sentence when a tool begins and one when it is done. Blocks for up to minutes a tool.
    Raises BadInput for unknown names, Permanent (no Go, no room, Go's own words); what was made before stays.
    """
    machine = machine or Machine()
    search = machine.environ.get("PATH", os.defpath)
    lacking = [tool for tool in chosen(names, toolbox.tools) if not ready(toolbox, tool)]
    provisions = [Provision(tool, on_path(toolbox, tool, search)) for tool in lacking]
    toolbox.root.mkdir(parents=True, exist_ok=True)
    try:
        if provisions:
            _make_all(toolbox, provisions, machine, tell)
    finally:
        _remove_temporary(toolbox.root, tell)


def ready(toolbox: Toolbox, tool: Tool) -> bool:
    """Whether it is there, and programs that were taken from PATH still are of a fitting version."""
    return toolbox.has(tool) and all(
        fits(ask(place.resolve(), binary.probe), tool.version)
        for binary in tool.binaries
        if (place := toolbox.place(tool, binary)).is_symlink() and binary.probe is not None
    )


def on_path(toolbox: Toolbox, tool: Tool, search: str) -> dict[str, Path]:
    """Its programs by name that PATH `search` has in a fitting version."""
    found = {binary.name: fitting(binary, tool.version, search, toolbox.root) for binary in tool.binaries}
    return {name: path for name, path in found.items() if path is not None}


def _make_all(toolbox: Toolbox, provisions: list[Provision], machine: Machine, tell: Tell) -> None:
    heavy = [provision for provision in provisions if provision.needs_go]
    kept = caches(machine.environ, toolbox.root)
    go = _go(toolbox, len(heavy), kept, machine, tell) if heavy else None
    for provision in provisions:
        tool = provision.tool
        with turn(toolbox.root, tool.title, partial(ready, toolbox, tool), tell) as ours:
            if not ours:
                tell(f"{tool.title}: another build has made it meanwhile")
                continue
            if provision in heavy:
                tell(beginning(provision, heavy.index(provision) + 1, len(heavy)))
            begun = time.monotonic()
            _make(toolbox, provision, go)
            tell(end(provision, time.monotonic() - begun))


def _make(toolbox: Toolbox, provision: Provision, go: Go | None) -> None:
    try:
        make(toolbox, provision, go)
    except Permanent as error:
        raise Permanent(f"{provision.tool.title} could not be built: {error.sentence}", error.next_action) from error


def _go(toolbox: Toolbox, tools: int, kept: Caches, machine: Machine, tell: Tell) -> Go:
    go = find_go(machine.environ, kept)
    try:
        check_space(toolbox.root, tools, not kept.temporary, machine.free)
    except Permanent:
        if not _remove_temporary(toolbox.root, tell):
            raise
        check_space(toolbox.root, tools, not kept.temporary, machine.free)
    return go


def _remove_temporary(root: Path, tell: Tell) -> bool:
    """Whether Go's caches were there and are gone now. One that builds beside us still needs them: it removes them."""
    folder = temporary_folder(root)
    if not folder.exists():
        return False
    with turn_if_free(root) as free:
        if free:
            tell("removing Go's caches, which were needed for building only")
            remove_tree(folder)
    return free


def beginning(provision: Provision, number: int, count: int) -> str:
    """Said before it is built. Pure."""
    minutes = max(1, round(provision.tool.cold_s / 60))
    return f"building {provision.tool.title} ({number} of {count}), about {minutes} min when nothing is cached"


def end(provision: Provision, seconds: float) -> str:
    """Said when it is done. Pure."""
    taken = [f"{path} is taken" for path in provision.taken.values()]
    built = [binary.name for binary in provision.lacking]
    parts = [*([f"built {', '.join(built)}"] if built else []), *taken]
    return f"{provision.tool.title}: {'; '.join(parts)} ({seconds:.0f} s)"
