"""What the engine itself costs: `python -m benchmarks.engine`. Exit code 1 when a goal is missed.

Steps that do nothing are walked in real time: what is left is the engine, and the journal on a real disk.
"""

from __future__ import annotations

import asyncio
import gc
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median

from bootstrap.clock import SystemClock
from bootstrap.gate import Gate
from bootstrap.graph import build
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.journals.sql_journal import open_journal
from bootstrap.lease import Lease
from bootstrap.leases.composed import open_lease
from bootstrap.memory import Memory
from bootstrap.plan import resolve
from bootstrap.record import Record
from bootstrap.recorder import Recorder
from bootstrap.runner import Header, Runner
from bootstrap.selection import Selection
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict

STEPS, RUNS, GOAL_MS = 200, 7, 2.0
SIZES, REPEATS, GOAL_EXPONENT = (10, 100, 1_000, 10_000), 5, 1.05


def steps(count: int, width: int = 10) -> list[Step]:
    """Rows of `width` steps; each needs two of the row before it, as a cluster's steps on its nodes do."""
    made: set[str] = set()
    return [
        _step(f"s{n}", [f"s{n - width - shift}" for shift in (0, 1) if n - width - shift >= 0], made)
        for n in range(count)
    ]


def _step(name: str, needs: Sequence[str], made: set[str]) -> Step:
    async def act(_: Attempt) -> str:
        made.add(name)
        return f"made {name}"

    async def observe(_: Memory) -> Verdict:
        return Holds({"fact": name}) if name in made else NotYet(f"{name} is not there")

    return Step(
        name=name, summary=name, needs=tuple(needs), gate=Gate(f"{name} holds", observe, stability_s=0.0), act=act
    )


class _NoLease:
    """For the walks with a journal in memory."""

    fencing, reach, heartbeat_s = 1, "this benchmark", 15.0

    def acquire(self) -> None: ...

    def renew(self) -> None: ...

    def check(self) -> None: ...

    def release(self) -> None: ...


def seconds_of_a_walk(
    count: int, journal: Journal, lease: Lease, clock_s: Callable[[], float] = time.perf_counter
) -> float:
    """Seconds by `clock_s` from the first step as data to the run's end."""

    async def walk() -> int:
        clock = SystemClock()
        recorder = Recorder("run", journal, lease, clock, Record())
        plan = resolve(build(steps(count)), Selection())
        result = await Runner(plan, Header("main", "benchmark", "0" * 40), recorder, lease, clock, Random(0)).walk()
        return result.exit_code

    gc.collect()
    began = clock_s()
    code = asyncio.run(walk())
    taken = clock_s() - began
    if code != 0:
        raise RuntimeError(f"the walk of {count} steps ended with {code}")
    return taken


def durable_seconds(count: int) -> float:
    """One walk with the journal and the lease in a new SQLite file."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        place = Path(folder) / "journal.db"
        journal = open_journal(place, cluster="main", estate="benchmark")
        lease = open_lease(place, Path(folder), cluster="main", estate="benchmark", clock=SystemClock())
        lease.acquire()
        try:
            return seconds_of_a_walk(count, journal, lease)
        finally:
            lease.release()
            journal.close()


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of the least-squares line through the points' logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(second) for second in seconds]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def cost() -> bool:
    """Print the engine's cost of a step; whether the goal is met."""
    runs = [durable_seconds(STEPS) / STEPS * 1000 for _ in range(RUNS)]
    memory = median(seconds_of_a_walk(STEPS, MemoryJournal(), _NoLease()) / STEPS * 1000 for _ in range(RUNS))
    found = median(runs)
    print(
        f"a step, journal durable on {tempfile.gettempdir()}: {found:.2f} ms (median of {RUNS} walks of {STEPS} steps)"
    )
    print(f"  slowest walk {max(runs):.2f} ms; with a journal in memory {memory:.3f} ms")
    return _verdict(found <= GOAL_MS, f"<= {GOAL_MS:g} ms")


def scaling() -> bool:
    """Print how the CPU time (a busy machine does not change it much) grows with the steps; whether the goal is met."""
    seconds = [min(_cpu_seconds(size) for _ in range(REPEATS)) for size in SIZES]
    for size, second in zip(SIZES, seconds, strict=True):
        print(f"{size:>6} steps: {second:8.4f} s cpu, {second / size * 1e6:6.0f} us a step")
    found = exponent(SIZES, seconds)
    print(f"grows as n^{found:.3f}")
    return _verdict(found <= GOAL_EXPONENT, f"<= n^{GOAL_EXPONENT:g}")


def _cpu_seconds(count: int) -> float:
    return seconds_of_a_walk(count, MemoryJournal(), _NoLease(), time.process_time)


def _verdict(met: bool, goal: str) -> bool:
    print(f"  goal {goal}: {'met' if met else 'MISSED'}")
    return met


def main() -> int:
    met = [cost(), scaling()]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
