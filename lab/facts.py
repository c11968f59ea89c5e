"""What the lab made true in its cluster, and when: kept so that it can be compared with when a gate noticed it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.contents.world import boottime


@dataclass(frozen=True, slots=True)
class Fact:
    """what: e.g. "node k8s-1 ready". at: unix time at which it was made true."""

    what: str
    at: float


class Facts:
    """file: one JSON object a line, oldest first."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def keep(self, what: str, at: float) -> None:
        """at: CLOCK_BOOTTIME, which is turned into unix time here: a wall clock may be set meanwhile."""
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(Fact(what, time.time() - boottime() + at))) + "\n")

    def all(self) -> Sequence[Fact]:
        """Every fact that was kept; none while there is no file."""
        if not self._file.exists():
            return ()
        return tuple(Fact(**json.loads(line)) for line in self._file.read_text().splitlines())
