"""Cilium: stricter than `cilium status --wait`, which passes when the operator is missing or no agent is wanted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness import nodes as node_rules
from readiness.fields import Object, name_of
from readiness.pods import crashing, selected
from readiness.sentence import listed
from readiness.verdicts import every
from readiness.workload import daemonset, deployment

_CRASH = (
    "read `kubectl -n kube-system logs ds/cilium -c cilium-agent --previous`; the common causes are capabilities that "
    "Talos does not give, k8sServicePort against KubePrism's port, and a kernel feature that is missing"
)


def ready(
    agent: Object | None,
    operator: Object | None,
    nodes: Sequence[Object],
    cilium_nodes: Sequence[Object],
    expected_names: Collection[str],
    *,
    envoy: Object | None = None,
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
) -> Verdict:
    """Holds when agents run on every expected node, the operator runs, and every node says that it has a network.

    agent: DaemonSet cilium. operator: Deployment cilium-operator. envoy: DaemonSet cilium-envoy, None when it is
    embedded. pods, events: of their namespace. A crash loop of the agent is Never: grace is the engine's.
    Source: cilium-cli's status rules and their blind spots; siderolabs/talos#5948, #9132 for the crash loops.
    """
    loop = crashing(selected(pods, agent)) if agent else ""
    if loop:
        return Never(f"cilium's agent crashes: {loop}", _CRASH)
    count = len(set(expected_names))
    workloads = every(
        daemonset(agent, count, pods, events, now, name="cilium"),
        deployment(operator, 1, pods, events, now, name="cilium-operator"),
        daemonset(envoy, count, pods, events, now) if envoy else Holds({"envoy": "in the agent"}),
    )
    if not isinstance(workloads, Holds):
        return workloads  # what the nodes say follows from it
    return every(workloads, node_rules.ready(nodes, expected_names), _cilium_nodes(cilium_nodes, expected_names))


def _cilium_nodes(cilium_nodes: Sequence[Object], expected_names: Collection[str]) -> Verdict:
    there = {name_of(node) for node in cilium_nodes}
    missing = sorted(set(expected_names) - there)
    if missing:
        return NotYet(f"no CiliumNode for {listed(missing)}", underway=True)
    return Holds({"cilium_nodes": len(there), "unexpected_cilium_nodes": sorted(there - set(expected_names))})
