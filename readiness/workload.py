"""Workloads against the numbers that the plan expects: a count of zero is never ready."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.fields import Object, generation, integer, name_of, text, uid
from readiness.kstatus import Kind, Status, compute
from readiness.pods import explain, pulling, selected

_NEXT = "read `kubectl -n {namespace} describe {kind} {name}`, mend what it reports, then run bootstrap again"


def daemonset(
    obj: Object | None,
    expected: int,
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
    *,
    name: str = "",
) -> Verdict:
    """Holds when kstatus says Current and it wants a pod on exactly as many nodes as the plan has.

    expected: the plan's nodes. A DaemonSet of which the selector matches no node wants 0 and is Current by kstatus.
    pods, events: of its namespace; only those that it selects are explained.
    """
    if obj is None:
        return _absent("DaemonSet", name)
    status, desired = compute(obj, now), integer(obj, "status", "desiredNumberScheduled")
    if status.kind is Kind.CURRENT and desired == expected:
        return Holds(_evidence(obj, integer(obj, "status", "numberReady")))
    why = explain(selected(pods, obj), now, _about(events, obj), (obj,)) or _daemonset_reason(status, desired, expected)
    return _unready(obj, status, f"{integer(obj, 'status', 'numberReady')}/{expected}", why, pods, events)


def deployment(
    obj: Object | None,
    minimum: int,
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
    *,
    name: str = "",
) -> Verdict:
    """Holds when kstatus says Current and at least `minimum` replicas are asked for and ready."""
    if obj is None:
        return _absent("Deployment", name)
    status, wanted = compute(obj, now), integer(obj, "spec", "replicas", default=1)
    ready = integer(obj, "status", "readyReplicas")
    if wanted < minimum:
        return NotYet(f"{name_of(obj)} asks for {wanted} replicas, expected at least {minimum}")
    if status.kind is Kind.CURRENT and ready >= minimum:
        return Holds(_evidence(obj, ready))
    why = explain(selected(pods, obj), now, _about(events, obj), (obj,)) or status.message
    return _unready(obj, status, f"{ready}/{wanted}", why, pods, events)


def _absent(kind: str, name: str) -> NotYet:
    return NotYet(f"{kind} {name} does not exist" if name else f"the {kind} does not exist")


def _unready(
    obj: Object, status: Status, count: str, why: str, pods: Sequence[Object], events: Sequence[Object]
) -> Verdict:
    sentence = f"{name_of(obj)} {count} ready: {why}"
    if status.kind is not Kind.FAILED or pulling(selected(pods, obj), events):
        return NotYet(sentence, underway=True)
    return Never(sentence, next_action(obj))


def next_action(obj: Object) -> str:
    """What an operator does about a workload that will not come up by itself."""
    return _NEXT.format(
        namespace=text(obj, "metadata", "namespace") or "default",
        kind=text(obj, "kind").lower() or "object",
        name=name_of(obj),
    )


def _daemonset_reason(status: Status, desired: int, expected: int) -> str:
    if status.kind is Kind.CURRENT or desired != expected:
        return f"it wants {desired} nodes, the plan has {expected}"
    return status.message


def _about(events: Sequence[Object], obj: Object) -> list[Object]:
    """Without other workloads' refusals: cilium's sentence does not speak of cilium-operator."""
    return [event for event in events if text(event, "reason") != "FailedCreate" or _involves(event, name_of(obj))]


def _involves(event: Object, name: str) -> bool:
    """A ReplicaSet is named after its Deployment, a dash, and a hash without one."""
    involved = text(event, "involvedObject", "name")
    if text(event, "involvedObject", "kind") == "ReplicaSet":
        return involved.rpartition("-")[0] == name
    return involved == name


def _evidence(obj: Object, ready: int) -> dict[str, object]:
    return {name_of(obj): {"uid": uid(obj), "generation": generation(obj), "ready": ready}}
