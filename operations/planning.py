"""The plan of a run, the same whether a command or a campaign walks it."""

from __future__ import annotations

from collections.abc import Iterator

from bootstrap.graph import build
from bootstrap.plan import Plan, resolve
from bootstrap.selection import Selection
from steps.pipeline import pipeline
from steps.site import Site


def plan_of(site: Site, selection: Selection, deadline_s: float | None = None) -> Plan:
    """deadline_s: of the whole run; None: the inventory's. Raises SelectionError, GraphError, BadInput."""
    limits = site.cluster.limits
    return resolve(
        build(pipeline(site)),
        selection,
        absent=site.absent,
        deadline_s=deadline_s or limits.command_s,
        acts_at_once=limits.acts_at_once,
    )


def stability_of(site: Site) -> Iterator[tuple[str, float]]:
    """Step name and stability time in seconds, of every step. Raises BadInput."""
    return ((step.name, step.gate.stability_s) for step in pipeline(site))
