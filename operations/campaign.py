"""`rehearse`: many rehearsed bootstraps with faults; each ends done or in named errors, with every rule kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bootstrap.observers.words import outcome
from bootstrap.outcome import Ending
from bootstrap.runner import Result
from inventory.load import load_cluster
from inventory.model import Cluster
from operations.rehearsing import Wishes, bare_world, rehearse
from operations.request import Request, checked
from rehearsal.faults import faults_of
from tree.read import read_tree
from tree.tree import Tree

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """One seed. faults: in words. ending: exit code. complaints: broken rules and errors without a name; () is good."""

    seed: int
    faults: tuple[str, ...]
    exit_code: int
    complaints: tuple[str, ...]


def campaign(request: Request, seeds: int) -> int:
    """Run `seeds` trials from the request's seed on, and print what came of them. Returns 0, or 1 with complaints.

    Raises BadInput.
    """
    checked(request)
    cluster = load_cluster(request.cluster, request.root)
    tree = read_tree(cluster, request.root)
    first = request.seed or 0
    trials = [trial(cluster, tree, seed) for seed in range(first, first + seeds)]
    print(as_json(trials) if request.format == "json" else as_text(cluster.name, trials))
    return 1 if any(found.complaints for found in trials) else 0


def trial(cluster: Cluster, tree: Tree, seed: int) -> Trial:
    """One rehearsed bootstrap with the faults of its seed. Agreement to destruction is given: the rest is the same."""
    faults = faults_of(seed, cluster)
    world = bare_world(cluster, tree, seed, faults)
    rehearsed = rehearse(cluster, tree, world, wishes=Wishes(agrees=True), seed=seed, watchful=True)
    words = tuple(f"{fault.kind} {fault.where or fault.call}".strip() for fault in faults)
    complaints = (*rehearsed.violations, *unnamed(rehearsed.result))
    return Trial(seed, words, rehearsed.result.exit_code, complaints)


def unnamed(result: Result) -> tuple[str, ...]:
    """Failures that do not say what is wrong and what to do; an ending that no failure explains. Pure."""
    failed = {id: o for id, o in result.outcomes.items() if o.ending in (Ending.FAILED, Ending.REFUSED)}
    silent = [id for id, o in failed.items() if not (o.sentence and o.next_action)]
    found = [f"{id} failed without a sentence or a next action" for id in silent]
    if result.exit_code not in (0, 4) and not failed and not result.stopped:
        found.append(f"exit code {result.exit_code}, and nothing says why")
    return tuple(found)


def as_text(cluster: str, trials: Iterable[Trial]) -> str:
    """Counts by exit code, then every complaint with its seed. Pure."""
    found = list(trials)
    codes = Counter(trial.exit_code for trial in found)
    lines = [
        f"{len(found)} rehearsed bootstraps of {cluster}; rehearsal: no machine was touched",
        *(f"  exit code {code} ({outcome(code)}): {count}" for code, count in sorted(codes.items())),
    ]
    bad = [trial for trial in found if trial.complaints]
    for trial in bad[:SHOWN]:
        lines += [
            f"seed {trial.seed} ({', '.join(trial.faults) or 'no fault'}):",
            *(f"  {c}" for c in trial.complaints),
        ]
    lines.append(f"{len(bad)} with complaints." if bad else "Every rule was kept, and every failure has a name.")
    return "\n".join(lines)


def as_json(trials: Iterable[Trial]) -> str:
    """A list of {seed, faults, exit_code, complaints}. Pure."""
    return json.dumps(
        [{"seed": t.seed, "faults": t.faults, "exit_code": t.exit_code, "complaints": t.complaints} for t in trials]
    )
