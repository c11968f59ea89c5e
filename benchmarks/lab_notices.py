"""How soon a gate noticed what had become true: the lab's own log of facts against the journal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bootstrap import events
from bootstrap.events import Entry
from inventory.model import Node
from lab.facts import Fact

WORKLOADS = {
    "cilium": ("daemonset kube-system/cilium", "deployment kube-system/cilium-operator"),
    "coredns": ("deployment kube-system/coredns",),
    "spegel": ("daemonset system/spegel",),
    "flux_operator": ("deployment flux-system/flux-operator",),
}
"""Step -> the workloads that its gate waits for, where it waits for nothing that the lab does not log."""
_LATER_S = 2.0
"""A fact that is logged so much later than the gate held had been true before: it became so again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """late_s: from the last of the step's facts to the first entry that says that its gate holds. Below zero where the
    gate was faster than the lab's log."""

    step: str
    fact: str
    late_s: float


def wanted(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """Step -> the facts that make its gate true."""
    names = [node.name for node in nodes]
    found: dict[str, tuple[str, ...]] = {}
    found |= {f"{step}[{name}]": (f"node {name} {fact}",) for name in names for step, fact in _OF_NODES}
    found |= {step: tuple(f"{workload} ready" for workload in workloads) for step, workloads in WORKLOADS.items()}
    found["cilium"] += tuple(f"node {name} {fact}" for name in names for fact in ("ready", "networked"))
    return found


_OF_NODES = (("node_registered", "registered"), ("node_ready", "ready"))


def notices(entries: Sequence[Entry], facts: Sequence[Fact], steps: Mapping[str, tuple[str, ...]]) -> list[Notice]:
    """Of the steps that were already waiting when the last of their facts became true."""
    found = []
    for step, wants in steps.items():
        held = _held(entries, step)
        if held is None:
            continue
        began, at = held
        made = [fact for fact in facts if fact.what in wants and fact.at <= at + _LATER_S]
        last = max(made, key=lambda fact: fact.at, default=None)
        if last is not None and {fact.what for fact in made} == set(wants) and last.at >= began:
            found.append(Notice(step, last.what, at - last.at))
    return found


def _held(entries: Sequence[Entry], step: str) -> tuple[float, float] | None:
    """When the step began to wait, and when its gate was first seen to hold; None when it never waited."""
    own = [entry for entry in entries if getattr(entry.event, "step", None) == step]
    waited = [entry.at for entry in own if isinstance(entry.event, events.Waiting)]
    held = [e.at for e in own if isinstance(e.event, events.Holding | events.Done | events.Satisfied)]
    return (waited[0], held[0]) if waited and held and waited[0] < held[0] else None
