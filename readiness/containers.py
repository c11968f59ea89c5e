"""What one container of a pod is doing, out of the pod's container statuses."""

from __future__ import annotations

from dataclasses import dataclass

from readiness.fields import Object, at, integer, mappings, text

IMAGE_ERRORS = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
"""Waiting reasons of the kubelet when an image cannot be had (kubernetes, pkg/kubelet/images/types.go)."""

STARTING = frozenset({"ContainerCreating", "PodInitializing", ""})
"""Waiting reasons that are no error: the kubelet is still at work."""


@dataclass(frozen=True, slots=True)
class Container:
    """waiting: the kubelet's reason, None when it does not wait. pulled: its image is there.

    exit_code: of the last time that it ended, None when it never did.
    """

    name: str
    image: str
    waiting: str | None
    message: str
    restarts: int
    exit_code: int | None
    pulled: bool


def unsettled(pod: Object) -> Container | None:
    """The first container on which the pod waits: init containers first, then the others, as the kubelet starts them.
    Nothing more is expected of the others: they are ready, or init containers that completed or (sidecars) started."""
    for status in mappings(pod, "status", "initContainerStatuses"):
        if not _initialised(status):
            return _container(status)
    for status in mappings(pod, "status", "containerStatuses"):
        if at(status, "ready") is not True:
            return _container(status)
    return None


def _container(status: Object) -> Container:
    waits = at(status, "state", "waiting")
    exits = (at(status, key, "terminated", "exitCode") for key in ("state", "lastState"))
    return Container(
        name=text(status, "name"),
        image=text(status, "image"),
        waiting=text(status, "state", "waiting", "reason") if waits is not None else None,
        message=text(status, "state", "waiting", "message"),
        restarts=integer(status, "restartCount"),
        exit_code=next((code for code in exits if isinstance(code, int)), None),
        pulled=bool(text(status, "imageID")),
    )


def _initialised(status: Object) -> bool:
    """Completed, or a sidecar (an init container that keeps running) that is ready."""
    return at(status, "ready") is True or at(status, "state", "terminated", "exitCode") == 0
