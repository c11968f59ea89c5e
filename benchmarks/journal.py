"""What a durable append costs: python -m benchmarks.journal [--appends N]. SQLite in a folder on disk, then memory."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bootstrap.clock import SystemClock
from bootstrap.events import Acting, Entry
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.journals.sql_journal import open_journal
from bootstrap.leases.composed import open_lease

GOAL_MS = 0.7
_CLUSTER, _ESTATE = "main", "rehearsal"


def main() -> None:
    """Print one line per journal, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--appends", type=int, default=2_000)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk to be measured")
    chosen = parser.parse_args()
    print(f"durable appends, {chosen.appends} of one entry each; goal: median <= {GOAL_MS} ms on SQLite")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        _report("sqlite (WAL, FULL)", _on_sqlite(Path(folder), chosen.appends))
    _report("memory", _measure(MemoryJournal(), 1, chosen.appends))


def _on_sqlite(folder: Path, appends: int) -> list[float]:
    path = folder / "journal.db"
    lease = open_lease(path, folder, cluster=_CLUSTER, estate=_ESTATE, clock=SystemClock())
    journal = open_journal(path, cluster=_CLUSTER, estate=_ESTATE)
    lease.acquire()
    try:
        return _measure(journal, lease.fencing, appends)
    finally:
        journal.close()
        lease.release()


def _measure(journal: Journal, fencing: int, appends: int) -> list[float]:
    return [_timed(lambda n=n: _append(journal, fencing, n)) for n in range(appends)]  # type: ignore[misc]


def _append(journal: Journal, fencing: int, number: int) -> None:
    journal.append([Entry("benchmark", time.time(), Acting("step", number))], fencing=fencing, durable=True)


def _timed(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1_000


def _report(name: str, costs_ms: list[float]) -> None:
    middle = statistics.median(costs_ms)
    print(f"{name:20} min {min(costs_ms):.3f}  median {middle:.3f}  max {max(costs_ms):.3f} ms")


if __name__ == "__main__":
    main()
