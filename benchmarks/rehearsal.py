"""`python -m benchmarks.rehearsal`: processor time of one rehearsed bootstrap of main, journal in memory.

Goal: 20 ms at the median. The tree is read once before; what is measured is what a campaign repeats for every seed:
a bare world, the graph, the plan and the whole walk in virtual time.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from pathlib import Path

from inventory.load import load_cluster
from operations.rehearsing import bare_world, rehearse
from tree.read import read_tree

GOAL_MS = 20.0
WARM_UP, RUNS = 5, 60


def main() -> int:
    """Print the figures. Returns 0 when the goal is reached."""
    gc.set_threshold(100_000)  # as the commands have it (tasks.py)
    root = Path(__file__).parent.parent
    cluster = load_cluster("main", root)
    tree = read_tree(cluster, root)
    taken: list[float] = []
    for seed in range(WARM_UP + RUNS):
        began = time.process_time()
        rehearsed = rehearse(cluster, tree, bare_world(cluster, tree, seed), seed=seed)
        taken.append((time.process_time() - began) * 1000)
        assert rehearsed.result.exit_code == 0
    measured = taken[WARM_UP:]
    median = statistics.median(measured)
    spread = f"min {min(measured):.1f}, median {median:.1f}, max {max(measured):.1f}"
    print(f"one rehearsed bootstrap of main, {RUNS} runs, cpu ms: {spread}; goal {GOAL_MS:.0f} at the median")
    return 0 if median <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
