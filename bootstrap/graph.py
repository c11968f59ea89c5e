"""The graph: steps and their needs, checked and resolved once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bootstrap.step import Step


class GraphError(ValueError):
    """The steps do not make a graph. `problems` lists every reason as a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Graph:
    """steps: by id, in declared order. needs, dependents: by id, resolved to ids. tails: seconds of the longest chain
    that begins with a step, by what each step is expected to take."""

    steps: Mapping[str, Step]
    needs: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, tuple[str, ...]]
    tails: Mapping[str, float]

    def ids_of(self, name: str) -> tuple[str, ...]:
        """The ids that a name means: itself when it is an id, else every step of that name; () when unknown."""
        if name in self.steps:
            return (name,)
        return tuple(id for id, step in self.steps.items() if step.name == name)

    def upstream(self, ids: Iterable[str]) -> frozenset[str]:
        """`ids` and all that they need, transitively."""
        return _closure(self.needs, ids)

    def downstream(self, ids: Iterable[str]) -> frozenset[str]:
        """`ids` and all that needs them, transitively."""
        return _closure(self.dependents, ids)


def build(steps: Iterable[Step]) -> Graph:
    """Resolve and check. Raises GraphError for a duplicate id, an unknown need, or a cycle."""
    ordered = list(steps)
    by_id = {step.id: step for step in ordered}
    needs, problems = _resolve(ordered, by_id)
    problems += [f"two steps have the id {id}" for id in _duplicates(ordered)]
    if problems:
        raise GraphError(problems)
    dependents = _reversed(needs)
    order = _topological(needs, dependents)
    if len(order) < len(by_id):
        circle = _circle(needs, set(by_id) - set(order))
        raise GraphError(["these steps need each other in a circle: " + " -> ".join(circle)])
    return Graph(by_id, needs, dependents, _tails(order, by_id, dependents))


def _resolve(ordered: Sequence[Step], by_id: Mapping[str, Step]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for step in ordered:
        by_name[step.name].append(step.id)
    needs: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for step in ordered:
        found: list[str] = []
        for need in step.needs:
            ids = [need] if need in by_id else by_name.get(need, [])
            if not ids:
                problems.append(f"{step.id} needs {need}, which is no step")
            found += ids
        needs[step.id] = tuple(dict.fromkeys(found))
    return needs, problems


def _duplicates(ordered: Sequence[Step]) -> list[str]:
    seen: set[str] = set()
    return [step.id for step in ordered if step.id in seen or seen.add(step.id)]  # type: ignore[func-returns-value]


def _reversed(needs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    dependents: dict[str, list[str]] = {id: [] for id in needs}
    for id, ids in needs.items():
        for need in ids:
            dependents[need].append(id)
    return {id: tuple(ids) for id, ids in dependents.items()}


def _topological(needs: Mapping[str, tuple[str, ...]], dependents: Mapping[str, tuple[str, ...]]) -> list[str]:
    missing = {id: len(ids) for id, ids in needs.items()}
    order = [id for id, count in missing.items() if count == 0]
    for id in order:  # grows while it is walked
        for dependent in dependents[id]:
            missing[dependent] -= 1
            if missing[dependent] == 0:
                order.append(dependent)
    return order


def _circle(needs: Mapping[str, tuple[str, ...]], left: set[str]) -> list[str]:
    """left: what no order could take, so each of them needs another of them; some only stand behind the circle."""
    path: dict[str, None] = {}
    id = next(id for id in needs if id in left)
    while id not in path:
        path[id] = None
        id = next(need for need in needs[id] if need in left)
    walked = list(path)
    return [*walked[walked.index(id) :], id]


def _tails(
    order: Sequence[str], steps: Mapping[str, Step], dependents: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    tails: dict[str, float] = {}
    for id in reversed(order):
        tails[id] = steps[id].expected_s + max((tails[d] for d in dependents[id]), default=0.0)
    return tails


def _closure(edges: Mapping[str, tuple[str, ...]], ids: Iterable[str]) -> frozenset[str]:
    found = set(ids)
    todo = list(found)
    while todo:
        for id in edges[todo.pop()]:
            if id not in found:
                found.add(id)
                todo.append(id)
    return frozenset(found)
