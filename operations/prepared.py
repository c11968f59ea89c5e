"""The inputs of a command, read and checked before anything is opened: inventory, tree, and the plan's nodes."""

from __future__ import annotations

from dataclasses import dataclass

from bootstrap.consent import refuse_another
from bootstrap.plan import Plan
from bootstrap.selection import Mode, Selection
from estate.estate import Estate
from inventory.load import load_cluster
from inventory.model import Cluster
from inventory.problem import BadInput, Problem
from operations.places import Places, places
from operations.planning import plan_of, stability_of
from operations.request import LAB, Request, checked
from steps.absence import absent_nodes
from steps.site import Site
from tree.read import read_tree
from tree.tree import Tree


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a request means. absent: nodes that the plan goes without."""

    request: Request
    cluster: Cluster
    tree: Tree
    absent: tuple[str, ...]
    places: Places


def prepare(request: Request) -> Prepared:
    """Read all inputs.

    Raises BadInput with every problem, Refused when too few control planes are left, or another cluster is agreed on.
    """
    checked(request)
    cluster = load_cluster(request.cluster, request.root)
    refuse_another(cluster.name, request.yes_destroy)
    absent = absent_nodes(cluster, request.without)
    tree = read_tree(cluster, request.root)
    _refuse_unknown(request, cluster, tree)
    _refuse_absent(request, absent)
    return Prepared(request, cluster, tree, absent, places(cluster.name, request.estate, request.journal))


def _refuse_unknown(request: Request, cluster: Cluster, tree: Tree) -> None:
    named = [
        ("--apply-drift", "node", request.options.apply_drift, [node.name for node in cluster.nodes]),
        ("--take-back", "release", request.options.take_back, [release.name for release in tree.releases]),
    ]
    problems = [
        Problem(flag, f"there is no {what} {name!r}", f"one of {', '.join(known)}")
        for flag, what, names, known in named
        for name in sorted(names)
        if name not in known
    ]
    if problems:
        raise BadInput(problems)


def _refuse_absent(request: Request, absent: tuple[str, ...]) -> None:
    what, remedy = "is left out by --without", "leave out one of the two flags"
    both = sorted(request.options.apply_drift.intersection(absent))
    if both:
        raise BadInput([Problem("--apply-drift", f"{n!r} {what}", "a node that the run has", remedy) for n in both])


def planned(prepared: Prepared, estate: Estate) -> tuple[Site, Plan]:
    """The plan of this request on an estate. Raises SelectionError, GraphError, BadInput."""
    site = _site(prepared, prepared.cluster, estate)
    if prepared.request.estate == LAB:
        from lab.limits import in_lab  # a rehearsal needs nothing of the lab

        site = _site(prepared, in_lab(prepared.cluster, stability_of(site)), estate)
    plan = plan_of(site, prepared.request.selection, prepared.request.deadline_s)
    _refuse_accepted_but_left_out(plan, prepared.request.selection)
    return site, plan


def _site(prepared: Prepared, cluster: Cluster, estate: Estate) -> Site:
    return Site(cluster, prepared.tree, estate, absent=prepared.absent, options=prepared.request.options)


def _refuse_accepted_but_left_out(plan: Plan, selection: Selection) -> None:
    chosen = {name: [plan.choices[id] for id in plan.graph.ids_of(name)] for name in selection.accept}
    problems = [
        Problem("--accept", f"{name!r} is not in this run: {choices[0].why}", "a step that the run selects or needs")
        for name, choices in chosen.items()
        if all(choice.mode is Mode.SKIP for choice in choices)
    ]
    if problems:
        raise BadInput(problems)
