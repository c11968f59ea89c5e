"""Disk space: looked at before a build, as one that runs full after half an hour helps nobody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from bootstrap.errors import Permanent

GIB = 1 << 30
# 16 tools took 13 GiB of modules, 18 GiB of objects and 1.5 GiB of programs; the first one alone about 5 GiB
_FIRST_GIB, _EACH_GIB = 3.5, 2.0
_KEPT_FIRST_GIB, _KEPT_EACH_GIB = 2.0, 0.2

Free = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """What a user may still write there."""
    return shutil.disk_usage(folder).free


def needed_bytes(tools: int, caches_are_kept: bool) -> int:
    """For building so many tools. caches_are_kept: most of what is needed is there already, or will stay. Pure."""
    first, each = (_KEPT_FIRST_GIB, _KEPT_EACH_GIB) if caches_are_kept else (_FIRST_GIB, _EACH_GIB)
    return int((first + each * tools) * GIB)


def check_space(folder: Path, tools: int, caches_are_kept: bool, free: Free = free_bytes) -> None:
    """Raises Permanent when `folder` has too little room."""
    needed, found = needed_bytes(tools, caches_are_kept), free(folder)
    if found < needed:
        raise Permanent(
            f"building {tools} tool{'s' * (tools != 1)} needs {needed / GIB:.1f} GiB of disk for a while, "
            f"and {folder} has {found / GIB:.1f} GiB free",
            "free some space there, or set XDG_CACHE_HOME to a folder of a larger disk, or build fewer tools by "
            "`--only NAME`, then run `invoke tools` again",
        )
