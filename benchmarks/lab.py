"""A full bootstrap of main in the lab: `python -m benchmarks.lab`. Exit code 1 when a goal is missed.

Brings up a lab of its own from a clone of the checkout's HEAD, and down again. Prints the wall time and the critical
path, the engine's share (its formula: benchmarks.lab_share) and how soon watched gates noticed a fact after the lab's
process had made it true (benchmarks.lab_notices). `--journal FILE --facts FILE` computes the same of a run that was.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.lab_notices import notices, wanted
from benchmarks.lab_share import LOOKS, share
from bootstrap.events import Entry
from bootstrap.graph import build
from bootstrap.journals.sql_journal import open_journal
from inventory.load import load_cluster
from lab.facts import Fact, Facts
from operations.timeline import timeline
from rehearsal.estate import estate_of
from rehearsal.virtual_time import VirtualClock
from rehearsal.world import World
from steps.pipeline import pipeline
from steps.site import Site
from tree.read import read_tree

ROOT = Path(__file__).parent.parent
GOAL_SHARE, GOAL_NOTICE_S = 0.03, 0.1
CLUSTER = "main"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.lab")
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--facts", type=Path)
    chosen = parser.parse_args()
    if chosen.journal:
        return judge(last_run(chosen.journal), Facts(chosen.facts).all() if chosen.facts else ())
    with tempfile.TemporaryDirectory(prefix="benchmark-lab-") as folder:
        return judge(*bootstrapped(Path(folder)))


def bootstrapped(folder: Path) -> tuple[Sequence[Entry], Sequence[Fact]]:
    """The journal of one run, and the facts of its lab. Raises CalledProcessError."""
    checkout, state = folder / "checkout", folder / "state"
    _git("clone", "--quiet", str(ROOT), str(checkout))
    _git("-C", str(checkout), "checkout", "--quiet", "-B", "main")
    print(f"load before it: {_load()}", flush=True)
    began = time.perf_counter()
    try:
        _invoke(checkout, state, "bootstrap", "--cluster", CLUSTER, "--estate", "lab")
        print(f"\nthe command, lab included: {time.perf_counter() - began:.1f} s; load after it: {_load()}", flush=True)
        lab = state / CLUSTER / "lab"
        return last_run(lab / "journal.sqlite"), Facts(lab / "world" / "facts.jsonl").all()
    finally:
        _invoke(checkout, state, "lab.down", "--cluster", CLUSTER)


def last_run(journal: Path) -> Sequence[Entry]:
    """The entries of the newest run."""
    opened = open_journal(journal, cluster=CLUSTER, estate="lab")
    try:
        entries = list(opened.entries())
    finally:
        opened.close()
    return [entry for entry in entries if entry.run == entries[-1].run]


def judge(entries: Sequence[Entry], facts: Sequence[Fact]) -> int:
    """Print the figures. Returns 0 when every goal is reached."""
    cluster = load_cluster(CLUSTER, ROOT)
    tree = read_tree(cluster, ROOT)
    site = Site(cluster, tree, estate_of(World.bare(cluster, tree, 0), VirtualClock(), confirm=True))
    reached = [
        _judge_share(entries, build(pipeline(site)).needs),
        _judge_notices([*_late(entries, facts, site)]),
    ]
    return 0 if all(reached) else 1


def _late(entries: Sequence[Entry], facts: Sequence[Fact], site: Site) -> list[float]:
    found = notices(entries, facts, wanted(site.nodes))
    print("\nfrom a fact to the gate that waited for it:")
    for notice in sorted(found, key=lambda each: each.late_s):
        print(f"  {notice.late_s * 1000:8.0f} ms  {notice.step:24} {notice.fact}")
    return [notice.late_s for notice in found]


def _judge_share(entries: Sequence[Entry], needs: Mapping[str, tuple[str, ...]]) -> bool:
    found = share(entries, needs)
    print(f"the run: {found.wall:.1f} s, exit code {timeline(entries).exit_code}; critical path (s, of it external):")
    for step, seconds, external in found.path:
        print(f"  {seconds:8.2f} {external:8.2f}  {step}")
    parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in sorted(found.parts.items()))
    print(f"external on it: {found.external:.1f} s ({parts})")
    with_looks = found.engine + found.parts.get(LOOKS, 0.0) / found.wall
    return _verdict(
        f"the engine's share: {found.engine:.2%} (were looks the engine's: {with_looks:.2%})",
        found.engine <= GOAL_SHARE,
        f"{GOAL_SHARE:.0%}",
    )


def _judge_notices(late_s: Sequence[float]) -> bool:
    if not late_s:
        return _verdict("no gate waited for a fact that was logged", False, f"{GOAL_NOTICE_S * 1000:.0f} ms")
    middle = statistics.median(late_s)
    said = f"median {middle * 1000:.0f} ms of {len(late_s)} gates, longest {max(late_s) * 1000:.0f} ms"
    return _verdict(said, middle <= GOAL_NOTICE_S, f"{GOAL_NOTICE_S * 1000:.0f} ms at the median")


def _verdict(said: str, met: bool, goal: str) -> bool:
    print(f"{said}; goal <= {goal}: {'met' if met else 'MISSED'}")
    return met


def _load() -> str:
    return " ".join(f"{each:.1f}" for each in os.getloadavg()) + f" on {os.cpu_count()} cores"


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)


def _invoke(checkout: Path, state: Path, *words: str) -> None:
    environ = os.environ | {"FIRSTLIGHT_STATE": str(state), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "invoke", *words], cwd=checkout, env=environ, check=True)


if __name__ == "__main__":
    sys.exit(main())
