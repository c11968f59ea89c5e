"""Which process holds a lab: a file that is written before the lab begins, and believed only while it is true."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from edges.process_tree import look
from lab.place import LabPlace


@dataclass(frozen=True, slots=True)
class Record:
    """pid: of the holder, whose namespaces an operator's command joins. start: clock ticks from boot to its start
    (proc_pid_stat(5), field 22), which tells it from a later process of the same number. root: of the inventory.
    """

    pid: int
    start: int
    cluster: str
    root: str
    ranges: Sequence[str]

    @property
    def alive(self) -> bool:
        """Whether that very process lives."""
        process = look(self.pid)
        return process is not None and process.start == self.start and process.state not in "ZX"


def record_of(pid: int, cluster: str, root: Path, ranges: Sequence[str]) -> Record:
    """The record of a process that lives now. Raises ProcessLookupError."""
    process = look(pid)
    if process is None:
        raise ProcessLookupError(pid)
    return Record(pid, process.start, cluster, str(root), tuple(ranges))


def write(place: LabPlace, record: Record) -> None:
    """Whole or not at all."""
    beside = place.record.with_suffix(".new")
    beside.write_text(json.dumps(asdict(record), indent=1))
    os.replace(beside, place.record)


def read(place: LabPlace) -> Record | None:
    """The record of the lab at this place; None without one, and for one that cannot be read."""
    try:
        return Record(**json.loads(place.record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def living(place: LabPlace) -> Record | None:
    """The record of the lab that stands at this place; None when none does."""
    record = read(place)
    return record if record is not None and record.alive else None
