"""What events tell about pods that are scheduled and yet do not start: no volume, no sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from readiness.fields import Object, text
from readiness.sentence import one_line

REASONS = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
"""Event reasons of the kubelet and the attach/detach controller (kubernetes, pkg/kubelet/events/event.go)."""


def troubles(events: Sequence[Object]) -> Mapping[str, str]:
    """The latest trouble of every pod, by the pod's uid."""
    found = [event for event in events if text(event, "reason") in REASONS]
    found.sort(key=_last_seen)
    return {text(event, "involvedObject", "uid"): _sentence(event) for event in found}


def _sentence(event: Object) -> str:
    return one_line(f"{text(event, 'reason')}: {text(event, 'message')}")


def _last_seen(event: Object) -> str:
    """RFC 3339 in UTC, as the API server writes it, sorts as text."""
    return text(event, "lastTimestamp") or text(event, "eventTime")
