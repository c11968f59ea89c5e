"""Why pods are not ready, in one sentence for the operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from readiness.conditions import condition, is_true
from readiness.containers import IMAGE_ERRORS, STARTING, Container, unsettled
from readiness.fields import Object, at, name_of, text
from readiness.kinds.pod import SCHEDULE_WINDOW_S
from readiness.moment import epoch_s
from readiness.refusals import refusals
from readiness.sentence import listed, one_line
from readiness.troubles import troubles

CRASH, IMAGE, CONFIG, UNSCHEDULABLE, ENDED, PULLING, SLOW = range(7)
"""How bad it is, worst first: what a person must mend stands before what only takes time."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why one pod is not ready. cause: without the pod's own name, so that equal causes can be counted."""

    weight: int
    cause: str
    where: str


def explain(
    pods: Sequence[Object],
    now: float | None = None,
    events: Sequence[Object] = (),
    owners: Sequence[Object] = (),
) -> str:
    """What keeps these pods from being ready, e.g. "k8s-5 ImagePullBackOff quay.io/cilium/cilium:v1.20.1".

    Equal causes are said once, worst first, always in the same order; "" when nothing is known to be wrong.
    now: epoch seconds; a pod is called unschedulable only after kstatus' 15 s (None: at once).
    events: Events of the namespace; they tell of volumes that do not mount and pods that cannot be created.
    owners: ReplicaSets, Deployments or DaemonSets, whose conditions may tell the same.
    """
    found = problems(pods, now, events)
    return listed([*_grouped(found), *refusals(events, owners)], most=3, between="; ")


def problems(pods: Sequence[Object], now: float | None = None, events: Sequence[Object] = ()) -> tuple[Problem, ...]:
    """One for every pod that is not ready, worst first."""
    return tuple(sorted(_problems(pods, now, events)))


def _problems(pods: Sequence[Object], now: float | None, events: Sequence[Object]) -> Iterator[Problem]:
    by_pod = troubles(events)
    for pod in pods:
        problem = _problem(pod, now, by_pod.get(text(pod, "metadata", "uid"), ""))
        if problem:
            yield problem


def pulling(pods: Sequence[Object], events: Sequence[Object] = ()) -> bool:
    """Whether the only thing that these pods wait for is images on their way: worth more time, not a failure.

    Source: cilium/cilium#29541, cozystack/cozystack#3229: five minutes are not enough for a slow line, and tearing
    down what was pulled starts from zero.
    """
    found = problems(pods, events=events)
    return bool(found) and all(problem.weight == PULLING for problem in found)


def crashing(pods: Sequence[Object]) -> str:
    """The sentence about pods in a crash loop alone; "" when there is none."""
    loops = sorted(problem for problem in _problems(pods, None, ()) if problem.weight == CRASH)
    return listed(_grouped(loops), most=3, between="; ")


def selected(pods: Iterable[Object], owner: Object | None) -> list[Object]:
    """The pods that a workload selects by its matchLabels, in its namespace; all when it has no selector."""
    labels = at(owner, "spec", "selector", "matchLabels")
    wanted = dict(labels) if isinstance(labels, Mapping) else {}
    namespace = text(owner, "metadata", "namespace") if owner else None
    return [pod for pod in pods if _is_of(pod, namespace, wanted)]


def _is_of(pod: Object, namespace: str | None, wanted: Mapping[str, object]) -> bool:
    if namespace is not None and text(pod, "metadata", "namespace") != namespace:
        return False
    return wanted.items() <= (at(pod, "metadata", "labels") or {}).items()


def _problem(pod: Object, now: float | None, trouble: str) -> Problem | None:
    if text(pod, "status", "phase") == "Succeeded" or (is_true(pod, "Ready") and not _leaving(pod)):
        return None
    where = text(pod, "spec", "nodeName") or name_of(pod)
    weight, cause = _cause(pod, now, trouble)
    return Problem(weight, cause, where)


def _cause(pod: Object, now: float | None, trouble: str) -> tuple[int, str]:
    if _leaving(pod):
        return SLOW, "being deleted"
    if text(pod, "status", "phase") == "Failed":
        reason, message = text(pod, "status", "reason") or "Failed", text(pod, "status", "message")
        return ENDED, one_line(f"{reason}: {message}" if message else reason)
    waited_on = unsettled(pod)
    return _unscheduled(pod, now) or _container_cause(waited_on, trouble)


def _leaving(pod: Object) -> bool:
    return bool(text(pod, "metadata", "deletionTimestamp"))


def _unscheduled(pod: Object, now: float | None) -> tuple[int, str] | None:
    scheduled = condition(pod, "PodScheduled")
    if scheduled is None or not scheduled.false:
        return None
    created = epoch_s(text(pod, "metadata", "creationTimestamp"))
    if now is not None and created is not None and now - created < SCHEDULE_WINDOW_S:
        return SLOW, "waiting to be scheduled"
    return UNSCHEDULABLE, one_line(f"{scheduled.reason or 'Unschedulable'}: {scheduled.message}")


def _container_cause(container: Container | None, trouble: str) -> tuple[int, str]:
    if container is None:
        return (CONFIG, trouble) if trouble else (SLOW, "waiting for the kubelet")
    if container.waiting is None:
        return SLOW, _running(container)
    if container.waiting == "CrashLoopBackOff":
        return CRASH, _crash(container)
    if container.waiting in IMAGE_ERRORS:
        return IMAGE, f"{container.waiting} {container.image}"
    if container.waiting not in STARTING:
        return CONFIG, one_line(f"{container.waiting} {container.name}: {container.message}".rstrip(": "))
    if trouble:
        return CONFIG, trouble
    return (SLOW, f"starting {container.name}") if container.pulled else (PULLING, f"pulling {container.image}")


def _crash(container: Container) -> str:
    code = "" if container.exit_code is None else f", exit code {container.exit_code}"
    restarts = f"{container.restarts} restart{'' if container.restarts == 1 else 's'}"
    return f"CrashLoopBackOff {container.name} ({restarts}{code})"


def _running(container: Container) -> str:
    if container.restarts:
        return f"{container.name} running but not ready, after {container.restarts} restarts"
    return f"{container.name} running but not ready"


def _grouped(found: Sequence[Problem]) -> list[str]:
    """One phrase per cause of what is sorted: "k8s-4, k8s-5 pulling quay.io/..."."""
    places: dict[str, list[str]] = {}
    for problem in found:
        places.setdefault(problem.cause, []).append(problem.where)
    return [f"{listed(where, most=3)} {cause}" for cause, where in places.items()]
