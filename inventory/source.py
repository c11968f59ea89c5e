"""Inventory files on disk: which there are, and their text."""

from __future__ import annotations

import stat
from pathlib import Path

from inventory.problem import BadInput, Problem

FOLDER = "inventory"
LARGEST = 1 << 20
"""Bytes. A cluster of a hundred nodes is a twentieth of it; a file beyond it is not an inventory."""


def names(root: Path) -> tuple[str, ...]:
    """The clusters that have a file below root, sorted. Raises BadInput when there is no inventory to be read."""
    folder = root / FOLDER
    try:
        found = sorted(
            path.stem
            for path in folder.iterdir()
            if path.suffix == ".yaml" and path.name[0] != "." and path.stem.isprintable()
        )
    except OSError as error:
        raise BadInput([_no_folder(folder, str(error.strerror))]) from None
    if not found:
        raise BadInput([_no_folder(folder, "it has no *.yaml file")])
    return tuple(found)


def read(root: Path, name: str) -> str | Problem:
    """The text of one cluster's file, or why there is none."""
    place = f"{FOLDER}/{name}.yaml"
    path = root / FOLDER / f"{name}.yaml"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return _unusable(place, "it is not a regular file")
        if status.st_size > LARGEST:
            return _unusable(place, f"it has {status.st_size} bytes", f"at most {LARGEST} bytes")
        data = path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        return _unusable(place, f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    return _decode(place, data)


def _decode(place: str, data: bytes) -> str | Problem:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return Problem(f"{place}:{line}", what, "UTF-8 text", "save the file as UTF-8")


def _unusable(place: str, what: str, expected: str = "a readable YAML file") -> Problem:
    return Problem(f"{place}:1", what, expected, "put the cluster's file back, e.g. by git checkout")


def _no_folder(folder: Path, why: str) -> Problem:
    what = f"there is no inventory in {folder}: {why}"
    return Problem("--root", what, "a folder with one YAML file a cluster", "give the repository's root by --root")
