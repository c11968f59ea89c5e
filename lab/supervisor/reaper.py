"""Process 1 inherits what its children leave behind; nobody else waits for those."""

from __future__ import annotations

import os
from contextlib import suppress

from edges.process_tree import snapshot


class Reaper:
    """A zombie that is seen twice is nobody's: whoever started it would have waited for it long ago."""

    def __init__(self) -> None:
        self._seen: frozenset[tuple[int, int]] = frozenset()

    def reap(self) -> None:
        """Call this every second or slower."""
        mine = os.getpid()
        zombies = frozenset((p.pid, p.start) for p in snapshot() if p.parent == mine and p.state == "Z")
        for pid, _ in zombies & self._seen:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        self._seen = zombies
