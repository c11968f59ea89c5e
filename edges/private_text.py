"""A secret text that another program reads by a path: kept in memory where the system can, else in a private file.

On Linux it is a memory file (memfd_create(2)) that is opened through /proc/<our pid>/fd: the kernel lets only processes
of the same user do that, nothing is ever written to a disk, and it is gone with Firstlight, also after kill -9.
"""

from __future__ import annotations

import os
import secrets
import weakref
from contextlib import suppress
from pathlib import Path

from bootstrap.errors import Permanent
from bootstrap.secret import Secret


class PrivateText:
    """path: where programs that we start can read the text, as often as they like, until `close` or the end of this
    object. Raises Permanent when the file cannot be written."""

    def __init__(self, text: Secret, folder: Path) -> None:
        self.path, remove = _in_memory(text) if _has_memory_files() else _in_file(text, folder)
        self._end = weakref.finalize(self, remove)

    def close(self) -> None:
        """Nobody can read it any more."""
        self._end()

    def __enter__(self) -> PrivateText:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _has_memory_files() -> bool:
    return hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()


class _Descriptor:
    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self) -> None:
        os.close(self._number)


def _in_memory(text: Secret) -> tuple[str, _Descriptor]:
    number = os.memfd_create("private", os.MFD_CLOEXEC)
    os.fchmod(number, 0o400)
    with os.fdopen(os.dup(number), "wb") as file:
        file.write(text.reveal().encode())
    return f"/proc/{os.getpid()}/fd/{number}", _Descriptor(number)


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> None:
        self._path.unlink(missing_ok=True)


def _in_file(text: Secret, folder: Path) -> tuple[str, _File]:
    """The name says whose it is, so that the next run removes what a killed one left."""
    path = folder / f"private-{os.getpid()}-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(folder)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text.reveal())
    except OSError as error:
        raise Permanent(
            f"a private file cannot be written to {folder}: {error.strerror}",
            f"make room or give access to {folder}, then run the same command again",
        ) from None
    return str(path), _File(path)


def remove_leftovers(folder: Path) -> None:
    """Remove private files of processes that are gone."""
    for path in folder.glob("private-*-*"):
        owner = path.name.split("-")[1]
        if owner.isdigit() and not alive(int(owner)):
            path.unlink(missing_ok=True)


def alive(pid: int) -> bool:
    """Whether there is a process of that number."""
    with suppress(ProcessLookupError):
        with suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False
