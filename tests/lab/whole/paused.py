"""A helm that is held in the middle of a release: it has its record, and has not finished what it applies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.commands.desk import Desk, until
from tests.lab.whole.homelab import inside
from tests.lab.whole.walk import left_by

_PIECE_S = 0.03


@contextmanager
def held(desk: Desk, release: str) -> Iterator[int]:
    """Wait until helm of this desk's run has written a pending record of the release, and hold it there: its pid. It
    may go on after the block, if it still lives."""
    pid = _helm(desk, release)
    try:
        while not _pending(desk, release):
            os.kill(pid, signal.SIGCONT)
            time.sleep(_PIECE_S)
            os.kill(pid, signal.SIGSTOP)
        yield pid
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _helm(desk: Desk, release: str) -> int:
    found: list[int] = []

    def begun() -> bool:
        lines = [line.split() for line in left_by(desk)]
        found.extend(int(words[0]) for words in lines if _upgrades(words[1:], release))
        return bool(found)

    until(f"helm upgrades {release}", begun)
    os.kill(found[0], signal.SIGSTOP)
    return found[0]


def _upgrades(argv: list[str], release: str) -> bool:
    return Path(argv[0]).name == "helm" and "upgrade" in argv and release in argv if argv else False


def _pending(desk: Desk, release: str) -> bool:
    which = f"owner=helm,name={release},status in (pending-install,pending-upgrade,deployed)"
    said = inside(desk, f"kubectl get secrets --all-namespaces --selector '{which}' --show-labels --no-headers")
    assert "status=deployed" not in said, f"{release} was deployed before helm could be held: {said}"
    return "status=pending" in said
