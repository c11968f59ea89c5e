"""What one container of a pod is doing, out of the pod's container statuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readiness.fields import Object, at, integer, mappings, text

IMAGE_ERRORS = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
"""Waiting reasons of the kubelet when an image cannot be had (kubernetes, pkg/kubelet/images/types.go)."""

STARTING = frozenset({"ContainerCreating", "PodInitializing", ""})
"""Waiting reasons that are no error: the kubelet is still at work."""


@dataclass(frozen=True, slots=True)
class Container:
    """waiting: the kubelet's reason, None when it does not wait. pulled: its image is there.

    exit_code: of the last time that it ended, None when it never did. settled: nothing more is expected of it: it is
    ready, or an init container that completed or (a sidecar) started.
    """

    name: str
    image: str
    waiting: str | None
    message: str
    restarts: int
    exit_code: int | None
    pulled: bool
    settled: bool


def containers(pod: Object) -> Iterator[Container]:
    """Init containers first, then the others, in the pod's order: as the kubelet starts them."""
    for status in mappings(pod, "status", "initContainerStatuses"):
        yield _container(status, _initialised(status))
    for status in mappings(pod, "status", "containerStatuses"):
        yield _container(status, at(status, "ready") is True)


def unsettled(pod: Object) -> Container | None:
    """The first container on which the pod waits."""
    return next((c for c in containers(pod) if not c.settled), None)


def _container(status: Object, settled: bool) -> Container:
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
        settled=settled,
    )


def _initialised(status: Object) -> bool:
    """Completed, or a sidecar (an init container that keeps running) that is ready."""
    return at(status, "ready") is True or at(status, "state", "terminated", "exitCode") == 0
