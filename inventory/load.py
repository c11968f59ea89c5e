"""Clusters from their files. A cluster is handed out only when its file is right and overlaps no other cluster's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

from inventory.explain import near
from inventory.model import Cluster
from inventory.overlap import overlaps
from inventory.problem import BadInput, Problem
from inventory.reading import Reading, read_cluster
from inventory.source import names


def load_cluster(name: str, root: Path) -> Cluster:
    """The cluster of root/inventory/<name>.yaml.

    Raises BadInput with every problem of its file and every overlap with another cluster. Another cluster's broken file
    does not matter as long as all that overlap is judged by can be read from it; otherwise it is one problem, because a
    cluster that may own the same machines must not be bootstrapped.
    """
    known = names(root)
    if name not in known:
        raise BadInput([_unknown(name, known)])
    mine = read_cluster(root, name)
    others = tuple(read_cluster(root, other) for other in known if other != name)
    found = [problem for other in others for problem in _against(mine, other)]
    return _cluster(mine, (*mine.problems, *found))


def load_all(root: Path) -> Mapping[str, Cluster]:
    """Every cluster by its name. Raises BadInput with every problem of every file; an overlap is one problem."""
    readings = tuple(read_cluster(root, name) for name in names(root))
    own = [problem for reading in readings for problem in reading.problems]
    between = [problem for a, b in combinations(readings, 2) for problem in overlaps(a.document, b.document)]
    _refuse((*own, *between))
    return {reading.name: _cluster(reading, ()) for reading in readings}


def _against(mine: Reading, other: Reading) -> tuple[Problem, ...]:
    found = overlaps(mine.document, other.document)
    return found if other.comparable else (*found, _unjudged(mine, other))


def _unjudged(mine: Reading, other: Reading) -> Problem:
    first = _sorted(other.problems)[0]
    so = f"so it cannot be told whether it overlaps {mine.name}"
    remedy = f"mend it (all of it: `--cluster {other.name}`), or move the file away to leave {other.name} out"
    return Problem(first.place, f"{first.what}, {so}", first.expected, remedy)


def _cluster(reading: Reading, problems: Iterable[Problem]) -> Cluster:
    _refuse(problems)
    if reading.cluster is None:
        raise BadInput(reading.problems)
    return reading.cluster


def _refuse(problems: Iterable[Problem]) -> None:
    found = _sorted(problems)
    if found:
        raise BadInput(found)


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    """By file and line, as an operator mends them; one that two checks found is said once."""
    return sorted(dict.fromkeys(problems), key=_where)


def _where(problem: Problem) -> tuple[str, int, str]:
    file, _, line = problem.place.rpartition(":")
    return file, int(line), problem.what


def _unknown(name: str, known: tuple[str, ...]) -> Problem:
    meant = near(name, known)
    remedy = f"did you mean {meant}?" if meant else "choose one of them, or write its file"
    return Problem("--cluster", f"there is no cluster {name!r}", f"one of {', '.join(known)}", remedy)
