"""Spegel: a registry mirror on every node, of use only when there are peers."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.verdict import Holds, Verdict
from readiness.fields import Object
from readiness.workload import daemonset


def ready(
    spegel: Object | None,
    nodes: int,
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
) -> Verdict:
    """Holds when its DaemonSet wants and has a pod on each of the plan's nodes; with one node there is no peer."""
    if nodes < 2:
        return Holds({"spegel": "not waited for: a cluster of one node has no peer to pull from"})
    return daemonset(spegel, nodes, pods, events, now, name="spegel")
