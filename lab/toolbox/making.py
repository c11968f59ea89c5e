"""One tool is made: in a folder beside its place, and put there by one rename when all of it is right."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.errors import Permanent
from lab.toolbox.caches import remove_tree
from lab.toolbox.go import Go
from lab.toolbox.tool import Binary, Tool
from lab.toolbox.toolbox import Toolbox

_UNFINISHED = ".building-"


@dataclass(frozen=True, slots=True)
class Provision:
    """tool: to be made. taken: programs by name that are on PATH already; the others are built."""

    tool: Tool
    taken: Mapping[str, Path]

    @property
    def lacking(self) -> tuple[Binary, ...]:
        """The programs to build."""
        return tuple(binary for binary in self.tool.binaries if binary.name not in self.taken)

    @property
    def needs_go(self) -> bool:
        """Whether anything has to be built or fetched."""
        return bool(self.lacking or self.tool.material)


def make(toolbox: Toolbox, provision: Provision, go: Go | None) -> None:
    """Make it. The caller has the turn. go: may be None when nothing needs it. Raises Permanent."""
    place = toolbox.folder(provision.tool)
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f"{_UNFINISHED}*"):  # of a build that was killed
        remove_tree(left)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=place.parent))
    try:
        made = unfinished / "made"
        (made / "bin").mkdir(parents=True)
        for binary in provision.tool.binaries:
            if binary.name in provision.taken:
                (made / "bin" / binary.on_disk).symlink_to(provision.taken[binary.name])
        if go is not None and provision.needs_go:
            _Workshop(provision, go, _recipe(toolbox, provision.tool, unfinished), made).work()
        if place.exists():
            place.rename(unfinished / "former")
        made.rename(place)
    finally:
        remove_tree(unfinished)


def _recipe(toolbox: Toolbox, tool: Tool, unfinished: Path) -> Path:
    # a copy: nothing that Go does may change the committed files
    copied = unfinished / "recipe"
    copied.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(toolbox.recipes / tool.name / name, copied / name)
    return copied


@dataclass(frozen=True, slots=True)
class _Workshop:
    provision: Provision
    go: Go
    recipe: Path
    made: Path

    def work(self) -> None:
        tool = self.provision.tool
        if tool.material or tool.prepare:
            source = self._source()
            keep(source, tool.material, self.made / "material")
            if tool.prepare:
                self._prepare(source)
        if self.provision.lacking:
            self._build()

    def _run(self, *arguments: str) -> str:
        return self.go.run(arguments, self.recipe, self.provision.tool.go)

    def _source(self) -> Path:
        module = self.provision.tool.module
        self._run("mod", "download", module)
        return Path(self._run("list", "-m", "-f", "{{.Dir}}", module).strip())

    def _prepare(self, source: Path) -> None:
        # Go's overlay refuses files below its module cache: hence a copy
        copied = self.recipe / "source"
        shutil.copytree(source, copied, copy_function=shutil.copyfile)
        for folder in (copied, *(path for path in copied.rglob("*") if path.is_dir())):
            folder.chmod(stat.S_IRWXU)
        for name in self.provision.tool.prepare:
            (copied / name).parent.mkdir(parents=True, exist_ok=True)
            (copied / name).touch()
        self._run("mod", "edit", f"-replace={self.provision.tool.module}=./source")

    def _build(self) -> None:
        tool, out = self.provision.tool, self.recipe / "out"
        out.mkdir()
        flags = ("-trimpath", f"-ldflags={linker_flags(tool)}", f"-tags={','.join(tool.tags)}")
        self._run("build", *flags, "-o", str(out), *(binary.package for binary in self.provision.lacking))
        for binary in self.provision.lacking:
            (out / name_by_go(binary.package)).rename(self.made / "bin" / binary.on_disk)


def linker_flags(tool: Tool) -> str:
    """Without symbols and debug data, which halves the size; with the tool's settings. Pure."""
    return " ".join(["-s", "-w", *(f"-X {variable}={value}" for variable, value in tool.settings)])


def name_by_go(package: str) -> str:
    """What `go build` calls a program: the last part of its path that is no major version. Pure."""
    *rest, last = package.split("/")
    major = last.startswith("v") and last[1:].isdigit() and int(last[1:]) > 1
    return rest[-1] if major and rest else last


def keep(source: Path, patterns: tuple[str, ...], kept: Path) -> None:
    """Copy what matches, folders with all in them, under the same names. Raises Permanent for what matches nothing."""
    for pattern in patterns:
        found = [path for match in source.glob(pattern) for path in (match, *match.rglob("*")) if path.is_file()]
        if not found:
            raise Permanent(
                f"the module in {source} has nothing that matches {pattern}",
                "correct the tool's material in lab/toolbox/catalog.py, then run `invoke tools` again",
            )
        for path in found:
            copy = kept / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)  # without the mode: the module cache is read-only
