"""CoreDNS: enough replicas, and a Service that leads to them."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.verdict import Holds, NotYet, Verdict
from readiness.fields import Object, at, mappings, text
from readiness.verdicts import every
from readiness.workload import deployment


def ready(
    coredns: Object | None,
    slices: Sequence[Object],
    minimum: int = 2,
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
    *,
    service: str = "kube-dns",
) -> Verdict:
    """Holds when the Deployment is Current with at least `minimum` replicas and the Service has a ready endpoint.

    slices: EndpointSlices of its namespace; those of the Service carry the label kubernetes.io/service-name.
    """
    return every(deployment(coredns, minimum, pods, events, now, name="coredns"), _endpoints(slices, service))


def _endpoints(slices: Sequence[Object], service: str) -> Verdict:
    addresses = sorted(
        {
            address
            for part in slices
            if text(part, "metadata", "labels", "kubernetes.io/service-name") == service
            for endpoint in mappings(part, "endpoints")
            if _answers(endpoint)
            for address in at(endpoint, "addresses") or ()
        }
    )
    if not addresses:
        return NotYet(f"Service {service} has no ready endpoint", underway=True)
    return Holds({"endpoints": addresses})


def _answers(endpoint: Object) -> bool:
    """Unknown (absent) counts as ready (kubernetes.io, EndpointSlices, conditions)."""
    return at(endpoint, "conditions", "ready") is not False
