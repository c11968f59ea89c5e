"""Which steps run, are only verified, are left out, or are taken on the operator's word. One pure function."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bootstrap.graph import Graph


class Mode(StrEnum):
    RUN = "run"
    VERIFY = "verify"
    SKIP = "skip"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Selection:
    """What the operator asked for. Names are step names or ids; nodes are node names; accept: step -> reason."""

    only: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    accept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the plan does with one step, and why, in words. remedy: of a step that is only verified, what to run instead
    when it is not true."""

    mode: Mode
    why: str
    remedy: str = ""


class SelectionError(ValueError):
    """The selection names what is not there, or what may not be chosen. `problems`: (flag, sentence) each."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{flag}: {sentence}" for flag, sentence in self.problems))


def select(graph: Graph, selection: Selection) -> Mapping[str, Choice]:
    """A choice for every step of the graph, in its order. Raises SelectionError with all problems at once.

    The selected steps run; all that they need is verified; the rest is left out. `skip` wins over everything and takes
    along all that needs it. `nodes` narrows to the steps of these nodes. An accepted step is neither acted on nor
    waited for.
    """
    problems = [*_unknown_names(graph, selection), *_unknown_nodes(graph, selection), *_guarded(graph, selection)]
    if problems:
        raise SelectionError(problems)
    left_out = graph.downstream(_ids(graph, selection.skip))
    selected = _selected(graph, selection) - left_out
    if graph.steps and not selected:
        raise SelectionError([(_flags(selection), "together they leave out every step: nothing is left to run")])
    needed = graph.upstream(selected) - selected
    accepted = {id: reason for name, reason in selection.accept.items() for id in graph.ids_of(name)}
    remedy = _remedy(selection)
    return {id: _choice(id, selected, needed, left_out, accepted, remedy) for id in graph.steps}


def _choice(
    id: str,
    selected: frozenset[str],
    needed: frozenset[str],
    left_out: frozenset[str],
    accepted: Mapping[str, str],
    remedy: str,
) -> Choice:
    if id in left_out:
        return Choice(Mode.SKIP, "left out by --skip, or needs a step that is")
    if id in accepted and (id in selected or id in needed):
        return Choice(Mode.ACCEPT, accepted[id])
    if id in selected:
        return Choice(Mode.RUN, "selected")
    if id in needed:
        return Choice(Mode.VERIFY, "not selected, but needed by a step that is", remedy)
    return Choice(Mode.SKIP, "not selected")


def _remedy(selection: Selection) -> str:
    """A command that also makes true what the selected steps need. Only these three flags can leave that out."""
    narrowing = {"--only": selection.only, "--from": selection.from_, "--node": selection.nodes}
    flags = ", ".join(flag for flag, names in narrowing.items() if names)
    until = " ".join(f"--until {name}" for name in selection.only)
    return f"run without {flags}" + (f", or with {until} instead" if until else "")


def _selected(graph: Graph, selection: Selection) -> frozenset[str]:
    chosen = frozenset(graph.steps)
    if selection.only:
        chosen &= frozenset(_ids(graph, selection.only))
    if selection.from_:
        chosen &= graph.downstream(_ids(graph, selection.from_))
    if selection.until:
        chosen &= graph.upstream(_ids(graph, selection.until))
    if selection.nodes:
        chosen &= frozenset(id for id, step in graph.steps.items() if step.node in selection.nodes)
    return chosen


def _flags(selection: Selection) -> str:
    given = {
        "--only": selection.only,
        "--from": selection.from_,
        "--until": selection.until,
        "--skip": selection.skip,
        "--node": selection.nodes,
    }
    return ", ".join(flag for flag, names in given.items() if names)


def _ids(graph: Graph, names: Iterable[str]) -> list[str]:
    return [id for name in names for id in graph.ids_of(name)]


def _unknown_names(graph: Graph, selection: Selection) -> list[tuple[str, str]]:
    known = sorted({*graph.steps, *(step.name for step in graph.steps.values())})
    flags = {
        "--only": selection.only,
        "--from": selection.from_,
        "--until": selection.until,
        "--skip": selection.skip,
        "--accept": tuple(selection.accept),
    }
    return [
        (flag, f"there is no step {name!r}{_nearest(name, known)}")
        for flag, names in flags.items()
        for name in names
        if not graph.ids_of(name)
    ]


def _unknown_nodes(graph: Graph, selection: Selection) -> list[tuple[str, str]]:
    known = sorted({step.node for step in graph.steps.values() if step.node is not None})
    return [
        ("--node", f"the plan has no node {name!r}{_nearest(name, known)}")
        for name in selection.nodes
        if name not in known
    ]


def _guarded(graph: Graph, selection: Selection) -> list[tuple[str, str]]:
    problems = [
        ("--accept", f"{id} guards the cluster's identity, etcd or data and cannot be accepted by name")
        for name in selection.accept
        for id in graph.ids_of(name)
        if graph.steps[id].guarded
    ]
    problems += [
        ("--accept", f"{name} needs a reason: --accept {name}=REASON")
        for name, reason in selection.accept.items()
        if not reason.strip()
    ]
    return problems


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; near it: {', '.join(near)}" if near else f"; there are: {', '.join(known)}"
