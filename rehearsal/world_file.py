"""The world's file: one rehearsed estate that outlives every command, guarded against a second writer."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from bootstrap.errors import Permanent, Refused
from inventory.problem import BadInput, Problem
from rehearsal.world import World
from rehearsal.world_json import UnreadableWorld, from_json, to_json


class WorldFile:
    """path: of the file. Many may read it at any time; one process writes, between `open` and `close`.

    Saved by rename, so that a reader, or a process after kill -9, finds one whole world. Nothing is synced to the
    disk: a power cut may cost a rehearsal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(f"{path}.lock", mode=0o600)

    def open(self) -> None:
        """Become the writer. Raises Refused when another process is it."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Refused(
                f"another process is rehearsing in {self.path}",
                "wait for it, or end it; `status` can look on meanwhile",
            ) from None

    def close(self) -> None:
        self._lock.release()

    def load(self) -> World | None:
        """The world as it was saved last; None when there is none. Raises BadInput when it cannot be read."""
        try:
            return from_json(self.path.read_text())
        except FileNotFoundError:
            return None
        except (UnreadableWorld, UnicodeDecodeError) as error:
            what = f"this is no rehearsed world: {error}"
            raise BadInput(
                [Problem(f"{self.path}:1", what, "a world of this program", "--fresh begins anew")]
            ) from None

    def save(self, world: World) -> None:
        """Raises Permanent when it cannot be written."""
        draft = f"{self.path}.new"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(to_json(world))
            os.replace(draft, self.path)
        except OSError as error:
            raise Permanent(
                f"the rehearsed world cannot be written to {self.path}: {error.strerror}", "make room, then run again"
            ) from error

    def remove(self) -> None:
        """Forget the world: the next rehearsal begins with bare machines."""
        self.path.unlink(missing_ok=True)
