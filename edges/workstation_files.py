"""Credential files: read as they are, written whole or not at all, for their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from bootstrap.errors import Permanent
from bootstrap.secret import Secret

_AGAIN = "then run the same command again"


def located(path: str, home: Path) -> Path:
    """Where a path of the inventory is: `~` is the operator's home."""
    if path == "~" or path.startswith("~/"):
        return home / path[2:]
    return home / path


def read(path: Path) -> Secret | None:
    """Its text; None when there is no such file. Raises Permanent when it cannot be read. Blocks."""
    try:
        return Secret(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = error.strerror
    except UnicodeDecodeError:
        why = "it is not text in UTF-8"
    raise Permanent(f"{path} cannot be read: {why}", f"mend it, or move it away, {_AGAIN}")


def write(path: Path, value: Secret) -> None:
    """Atomically, mode 0600, in a folder that is made with mode 0700 where it is missing. Raises Permanent. Blocks.

    A link is followed: what it leads to is replaced, not the link.
    """
    try:
        _replace(path.resolve(), value.reveal().encode())
    except OSError as error:
        why = error.strerror
    else:
        return
    raise Permanent(f"{path} cannot be written: {why}", f"make room or give yourself the right to write it, {_AGAIN}")


def _replace(path: Path, data: bytes) -> None:
    _make(path.parent)
    # One name, so that a killed run leaves one file at most, and the next one takes it.
    beside = path.parent / f".{path.name}.firstlight"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def _make(folder: Path) -> None:
    """Every missing folder of the path for its owner alone; those that are there stay as they are."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _settle(folder: Path) -> None:
    """The new name outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
