"""Kubernetes nodes against the plan's: the expected set, never "all that there are" (kubernetes/kubernetes#83242)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bootstrap.verdict import Holds, NotYet, Verdict
from readiness.conditions import condition, is_true
from readiness.fields import Object, at, mappings, name_of, text
from readiness.sentence import listed, one_line

AGENT_NOT_READY = "node.cilium.io/agent-not-ready"
"""Taint that Cilium's operator takes away when the node's agent runs (docs.cilium.io, installation/taints)."""

KUBELET_SERVING = "kubernetes.io/kubelet-serving"
"""Signer of the kubelets' own server certificates (kubernetes.io, certificate-signing-requests)."""


def registered(nodes: Sequence[Object], expected_names: Collection[str]) -> Verdict:
    """Holds when every expected node has registered itself. Nodes beyond these are named in the evidence."""
    missing = sorted(set(expected_names) - {name_of(node) for node in nodes})
    if missing:
        there = len(set(expected_names)) - len(missing)
        return NotYet(f"{there}/{len(set(expected_names))} nodes registered: no {listed(missing)}", underway=True)
    return Holds(_evidence(nodes, expected_names))


def ready(nodes: Sequence[Object], expected_names: Collection[str]) -> Verdict:
    """Holds when every expected node is Ready, has a network, and is free of Cilium's taint.

    A cordoned node is ready, but an exception: no new pod goes there.
    """
    by_name = {name_of(node): node for node in nodes}
    reasons = {name: _unready(by_name.get(name)) for name in sorted(set(expected_names))}
    waiting = [f"{name} {reason}" for name, reason in reasons.items() if reason]
    if waiting:
        return NotYet(f"{len(reasons) - len(waiting)}/{len(reasons)} nodes ready: {listed(waiting, 3, '; ')}", True)
    return Holds(
        _evidence(nodes, expected_names), tuple(_cordoned(by_name[name]) for name in _closed(by_name, reasons))
    )


def pending_csrs(csrs: Sequence[Object]) -> Verdict:
    """Holds when no kubelet waits for its serving certificate to be approved (siderolabs/talos#8494).

    A kubelet asks again when it gets no answer: only the last request of each counts.
    """
    last = {text(csr, "spec", "username"): csr for csr in sorted(_serving(csrs), key=_created)}
    waiting = sorted(f"{who.removeprefix('system:node:')} ({name_of(csr)})" for who, csr in last.items() if _open(csr))
    if waiting:
        return NotYet(f"kubelet serving certificates are not approved: {listed(waiting)}", underway=True)
    return Holds({"kubelet_csrs": len(last)})


def _unready(node: Object | None) -> str:
    if node is None:
        return "is not registered"
    return ", ".join(_faults(node))


def _faults(node: Object) -> Iterator[str]:
    state, network = condition(node, "Ready"), condition(node, "NetworkUnavailable")
    if state is None or not state.true:
        yield one_line(f"not Ready ({_why(state.reason, state.message) if state else 'its kubelet has not reported'})")
    if network and network.true:
        yield one_line(f"has no network ({_why(network.reason, network.message)})")
    if any(text(taint, "key") == AGENT_NOT_READY for taint in mappings(node, "spec", "taints")):
        yield f"has taint {AGENT_NOT_READY}"


def _why(reason: str, message: str) -> str:
    return f"{reason}: {message}" if message else reason


def _closed(by_name: Mapping[str, Object], names: Collection[str]) -> list[str]:
    return [name for name in names if at(by_name[name], "spec", "unschedulable") is True]


def _cordoned(node: Object) -> str:
    name = name_of(node)
    return f"node {name} is cordoned: no new pod goes there until `kubectl uncordon {name}`"


def _evidence(nodes: Sequence[Object], expected_names: Collection[str]) -> dict[str, object]:
    names = {name_of(node) for node in nodes}
    return {
        "nodes": sorted(names & set(expected_names)),
        "unexpected_nodes": sorted(names - set(expected_names)),
        "versions": {name_of(node): text(node, "status", "nodeInfo", "kubeletVersion") for node in nodes},
    }


def _serving(csrs: Sequence[Object]) -> list[Object]:
    return [csr for csr in csrs if text(csr, "spec", "signerName") == KUBELET_SERVING]


def _created(csr: Object) -> str:
    return text(csr, "metadata", "creationTimestamp")


def _open(csr: Object) -> bool:
    return not any(is_true(csr, kind) for kind in ("Approved", "Denied", "Failed"))
