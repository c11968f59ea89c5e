"""The lab's own limits: a gate holds as long as it takes to see that it does, not as long as hardware may waver."""

from __future__ import annotations

from collections.abc import Iterable

from inventory.model import Cluster

STABILITY_S = 2.0
"""The longest stability time in a lab, in seconds."""


def in_lab(cluster: Cluster, stability: Iterable[tuple[str, float]]) -> Cluster:
    """The cluster with no stability time over STABILITY_S. stability: (step name, seconds) of all its steps."""
    shorter = {name: STABILITY_S for name, seconds in stability if seconds > STABILITY_S}
    limits = cluster.limits.model_copy(update={"stability": {**cluster.limits.stability, **shorter}})
    return cluster.model_copy(update={"limits": limits})
