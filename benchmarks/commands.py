"""What a command costs before the operator sees its answer: `python -m benchmarks.commands`. Exit code 1 above a goal.

Each is a process of its own, as it is typed. Beside the seconds on the clock stands its processor time: on a busy
machine only that says what the command itself costs.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAIN = ("--cluster", "main", "--estate", "rehearsal")
RUNS = 7
GOALS: dict[tuple[str, ...], float] = {("--list",): 0.25, ("status", *MAIN): 0.5}
"""Command -> seconds on the clock, at the median."""


def main() -> int:
    """Print a line a command. Returns 0 when every goal is reached."""
    with tempfile.TemporaryDirectory() as state:
        environ = os.environ | {"FIRSTLIGHT_STATE": state, "PYTHONPYCACHEPREFIX": f"{state}/bytecode"}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an operator's Python compiles a file once, not at every start
        _run(("bootstrap", *MAIN, "--pace", "max"), environ)
        reached = [_reached(words, goal, environ) for words, goal in GOALS.items()]
    return 0 if all(reached) else 1


def _reached(words: tuple[str, ...], goal_s: float, environ: dict[str, str]) -> bool:
    _run(words, environ)  # once unmeasured: the files are in memory, and compiled
    costs = [_run(words, environ) for _ in range(RUNS)]
    wall, processor = (statistics.median(column) for column in zip(*costs, strict=True))
    print(
        f"invoke {' '.join(words)}: median of {RUNS} runs {wall:.2f} s (goal {goal_s} s), "
        f"{processor:.2f} s of processor time"
    )
    return bool(wall <= goal_s)


def _run(words: tuple[str, ...], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds on the clock, and of processor time."""
    began, used = time.perf_counter(), _used()
    command = [sys.executable, "-m", "invoke", *words]
    subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began, _used() - used


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main())
