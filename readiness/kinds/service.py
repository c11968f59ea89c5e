"""kstatus of a Service."""

from __future__ import annotations

from readiness.fields import Object, text
from readiness.status import Status, current, in_progress


def service(obj: Object) -> Status:
    """Does not wait for a load balancer's address: before its pool exists there is none (cilium/cilium#27000)."""
    if text(obj, "spec", "type") == "LoadBalancer" and not text(obj, "spec", "clusterIP"):
        return in_progress("has no cluster IP")
    return current()
