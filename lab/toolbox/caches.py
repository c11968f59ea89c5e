"""Where Go keeps modules and objects while tools are built: a folder that is removed afterwards, or one to keep."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inventory.problem import BadInput, Problem

KEEP = "FIRSTLIGHT_GO_CACHE"
"""Names a folder that is kept between builds, or is `user`: Go's own caches."""


@dataclass(frozen=True, slots=True)
class Caches:
    """folder: None is wherever Go keeps them by itself. temporary: to be removed when all is built."""

    folder: Path | None
    temporary: bool

    @property
    def environment(self) -> dict[str, str]:
        """For Go's commands."""
        if self.folder is None:
            return {}
        return {"GOMODCACHE": str(self.folder / "modules"), "GOCACHE": str(self.folder / "objects")}


def caches(environ: Mapping[str, str], root: Path) -> Caches:
    """Where they are. root: the folder of all tools; one that an ended build left there is used on, then removed.

    Raises BadInput for a relative folder.
    """
    named = environ.get(KEEP, "")
    if named == "user":
        return Caches(None, temporary=False)
    if not named:
        return Caches(temporary_folder(root), temporary=True)
    if not Path(named).is_absolute():
        raise BadInput([Problem(KEEP, f"{named!r} is relative", "`user`, or a folder's whole path")])
    return Caches(Path(named), temporary=False)


def temporary_folder(root: Path) -> Path:
    """The one that does not stay."""
    return root / ".go"


def remove_tree(folder: Path) -> None:
    """Remove a folder although folders in it are read-only, as those of Go's module cache are."""
    try:
        shutil.rmtree(folder)
    except PermissionError:
        folder.chmod(stat.S_IRWXU)
        for path, names, _ in os.walk(folder):
            for name in names:
                Path(path, name).chmod(stat.S_IRWXU, follow_symlinks=False)
        shutil.rmtree(folder)
