"""Is one object what its spec asks for? The rules of kstatus, as a pure function.

Source: sigs.k8s.io/cli-utils, pkg/kstatus/status (core.go, generic.go), and Flux's fork of it. Running Jobs follow Flux
and Helm 4, where a Job is ready when it has completed; everything else is the common rule.

Known blind spots, for callers: an object of a custom kind with an empty status is Current; a DaemonSet that wants no
pod and a Deployment of no replica are Current; Failed heals when what was missing arrives (a pod before the CNI).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from readiness.conditions import condition, conditions
from readiness.fields import Object, at, group_kind, is_integer, text
from readiness.kinds.claim import claim
from readiness.kinds.daemonset import daemonset
from readiness.kinds.definition import definition
from readiness.kinds.deployment import deployment
from readiness.kinds.job import job
from readiness.kinds.pod import pod
from readiness.kinds.replicaset import replicaset
from readiness.kinds.service import service
from readiness.kinds.statefulset import statefulset
from readiness.status import Kind, Status, current, failed, in_progress

__all__ = ["Kind", "Status", "compute"]


_STANDARD = ("Reconciling", "Stalled")


def compute(obj: Object | None, now: float | None = None) -> Status:
    """The status of one object. The first rule that matches wins.

    obj: None for an object that the API server does not have.
    now: epoch seconds, for the one rule that knows time: a pod has 15 s to be scheduled. None: that time is not over.
    """
    if obj is None:
        return Status(Kind.NOT_FOUND, "does not exist")
    return _terminating(obj) or _unread(obj) or _standard(obj) or _by_kind(obj, now)


def _by_kind(obj: Object, now: float | None) -> Status:
    kind = group_kind(obj)
    if kind == "Pod":
        return pod(obj, now)
    rule = _RULES.get(kind)
    return rule(obj) if rule else _ready(obj)


def _terminating(obj: Object) -> Status | None:
    if text(obj, "metadata", "deletionTimestamp"):
        return Status(Kind.TERMINATING, "is being deleted")
    return None


def _unread(obj: Object) -> Status | None:
    """Its controller has not read this generation yet, or nobody can tell: fields that exist with a wrong type make
    kstatus give up (helm/helm#32615: a string observedGeneration)."""
    wanted, status = at(obj, "metadata", "generation"), at(obj, "status")
    observed, listed = at(status, "observedGeneration"), at(status, "conditions")
    for path, value in (("metadata.generation", wanted), ("status.observedGeneration", observed)):
        if value is not None and not is_integer(value):
            return Status(Kind.UNKNOWN, f"{path} is not a number: {value!r}")
    if listed is not None and not isinstance(listed, list | tuple):
        return Status(Kind.UNKNOWN, "status.conditions is not a list")
    if wanted is None or observed is None or wanted == observed:
        return None
    return in_progress(f"generation {wanted} is not observed yet, the last observed is {observed}")


def _standard(obj: Object) -> Status | None:
    for found in conditions(obj, of=_STANDARD):
        if found.true:
            said = found.message or found.reason
            return in_progress(said) if found.type == "Reconciling" else failed(said)
    return None


def _ready(obj: Object) -> Status:
    """Kinds without a rule of their own: the Ready condition. Ready=False is never a failure."""
    found = condition(obj, "Ready")
    if found is None:
        return current("has no known condition")
    return current(found.message) if found.true else in_progress(found.message or found.reason or "is not Ready")


def _always(_: Object) -> Status:
    return current()


_RULES: Mapping[str, Callable[[Object], Status]] = {
    "apps/Deployment": deployment,
    "apps/DaemonSet": daemonset,
    "apps/StatefulSet": statefulset,
    "apps/ReplicaSet": replicaset,
    "batch/Job": job,
    "batch/CronJob": _always,
    "policy/PodDisruptionBudget": _always,
    "apiextensions.k8s.io/CustomResourceDefinition": definition,
    "ConfigMap": _always,
    "PersistentVolumeClaim": claim,
    "Secret": _always,
    "Service": service,
}
