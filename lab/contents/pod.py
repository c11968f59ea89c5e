"""Pod statuses as a kubelet writes them before a container runs, and when one runs as a process of the lab."""

from __future__ import annotations

from lab.contents.api import Object
from lab.contents.world import condition, now

SANDBOX = "Sandbox"
"""Reason of PodReadyToStartContainers: all is there, kwok runs the pod (stages.yaml)."""

PROCESS = "Process"
"""The same: a process of the lab runs as this pod."""

WAITING = "Waiting"
"""The same: no sandbox yet."""

PULLING = "Pulling"
FAILED_PULL = "FailedPull"
CRASHING = "Crashing"


def state(pod: Object) -> str:
    """The reason of PodReadyToStartContainers, "" for a pod that no kubelet has seen."""
    return str(condition(pod, "PodReadyToStartContainers").get("reason", ""))


def waiting(
    pod: Object, reason: str, why: str, message: str = "", *, host: str, address: str = "", again: int = 0
) -> Object:
    """A pod none of whose containers runs. reason: of the sandbox. why, message: of each container.

    address: "" while it has none. again: how many restarts are added. A pod that ran keeps its phase.
    """
    status = {
        "phase": "Running" if pod.get("status", {}).get("phase") == "Running" else "Pending",
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "startTime": pod.get("status", {}).get("startTime") or now(),
        "conditions": [_sandbox(pod, reason), *unready(pod)],
        "containerStatuses": [
            {
                **_container(pod, spec, {"waiting": {"reason": why, "message": message}}, False),
                "restartCount": restarts(pod) + again,
            }
            for spec in pod["spec"]["containers"]
        ],
    }
    return {**status, **({"podIP": address, "podIPs": [{"ip": address}]} if address else {})}


def running(pod: Object, ready: bool, restarts: int) -> Object:
    """A pod whose containers run as processes, restarted so often."""
    containers = [
        {**_container(pod, spec, {"running": {"startedAt": now()}}, ready), "restartCount": restarts}
        for spec in pod["spec"]["containers"]
    ]
    conditions = (
        [_condition(pod, kind, "True") for kind in ("Initialized", "ContainersReady", "Ready")]
        if ready
        else unready(pod)
    )
    return {"phase": "Running", "conditions": conditions, "containerStatuses": containers}


def crashed(pod: Object, restarts: int, why: str) -> Object:
    """A pod whose process or container ended and waits to be started again."""
    ended = {"waiting": {"reason": "CrashLoopBackOff", "message": why}}
    containers = [
        {
            **_container(pod, spec, ended, False),
            "restartCount": restarts,
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": now(), "startedAt": now()}},
        }
        for spec in pod["spec"]["containers"]
    ]
    return {"phase": "Running", "conditions": unready(pod), "containerStatuses": containers}


def restarts(pod: Object) -> int:
    """How often its first container was started again."""
    statuses = pod.get("status", {}).get("containerStatuses") or [{}]
    return int(statuses[0].get("restartCount", 0))


def unready(pod: Object) -> list[Object]:
    """The conditions of a pod whose containers are not ready."""
    names = " ".join(spec["name"] for spec in pod["spec"]["containers"])
    why = ("ContainersNotReady", f"containers with unready status: [{names}]")
    return [
        _condition(pod, "Initialized", "True"),
        *(_condition(pod, kind, "False", *why) for kind in ("ContainersReady", "Ready")),
    ]


def not_ready(pod: Object) -> Object:
    """What the node lifecycle controller writes into the pods of a node that it lost."""
    return {"conditions": [_condition(pod, "Ready", "False")]}


def _sandbox(pod: Object, reason: str) -> Object:
    return _condition(pod, "PodReadyToStartContainers", "False" if reason == WAITING else "True", reason)


def _condition(pod: Object, kind: str, value: str, reason: str | None = None, message: str | None = None) -> Object:
    old = condition(pod, kind)
    since = old["lastTransitionTime"] if old.get("status") == value else now()
    return {"type": kind, "status": value, "reason": reason, "message": message, "lastTransitionTime": since}


def _container(pod: Object, spec: Object, state: Object, ready: bool) -> Object:
    return {
        "name": spec["name"],
        "image": spec["image"],
        "imageID": spec["image"] if ready else "",
        "ready": ready,
        "started": ready,
        "restartCount": restarts(pod),
        "state": state,
    }
