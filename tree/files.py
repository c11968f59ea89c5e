"""The files of a tree, read once: everything else looks at this value, not at the disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from inventory.problem import BadInput, Problem
from tree import delimiters

Files = Mapping[str, bytes]
"""Contents by path relative to the root, with forward slashes, sorted by path."""


def read(root: Path, tree: str) -> Files:
    """All regular files below `tree`, a folder below `root`. Raises BadInput when there is no such folder."""
    folder = root / tree
    if not folder.is_dir():
        what = f"the tree {tree} is not a folder below {root}"
        raise BadInput(
            [Problem(tree, what, "the folder that the inventory names as `tree`", "give --root, or mend it")]
        )
    try:
        return dict(sorted(_read(str(folder), tree.strip("/"))))
    except OSError as error:
        what = f"{error.filename} cannot be read ({error.strerror})"
        raise BadInput([Problem(tree, what, "a tree whose files can all be read")]) from None


def _read(folder: str, name: str) -> Iterator[tuple[str, bytes]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = f"{name}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _read(entry.path, path)
            elif entry.is_file():
                with open(entry.path, "rb") as file:
                    yield path, file.read()


def digest(root: Path, files: Files) -> str:
    """SHA-256 over names and contents of `files` and of .minijinja.toml, in hexadecimal."""
    total = hashlib.sha256()
    for name, content in (*files.items(), (delimiters.FILE, (root / delimiters.FILE).read_bytes())):
        for part in (name.encode(), content):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()
