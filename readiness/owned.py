"""Custom resources of which "no known condition" is not good enough: their controller must have spoken.

kstatus calls a new custom resource with an empty status Current. For the kinds below the Ready condition must exist,
and must speak of the generation that was applied, as far as the kind's controller says of which one it speaks.
"""

from __future__ import annotations

from readiness.conditions import Condition
from readiness.fields import Object, at, generation, group_kind, is_integer, text

_GROUPS = frozenset(
    {
        "acme.cert-manager.io",
        "cert-manager.io",
        "external-secrets.io",
        "fluxcd.controlplane.io",
        "helm.toolkit.fluxcd.io",
        "kustomize.toolkit.fluxcd.io",
    }
)
_SOURCES = frozenset(
    f"source.toolkit.fluxcd.io/{kind}" for kind in ("Bucket", "GitRepository", "HelmChart", "OCIRepository")
)


def owned(obj: Object) -> bool:
    """Whether the kind's controller always writes a Ready condition.

    An OCI HelmRepository stays without status on purpose (fluxcd/source-controller, HelmRepository type oci), and so is
    not among them.
    """
    kind = group_kind(obj)
    return kind in _SOURCES or kind.partition("/")[0] in _GROUPS


def unspoken(obj: Object, ready: Condition | None) -> str:
    """Why the controller's word on this object is still missing; "" when it has spoken of the current generation.
    ready: its Ready condition."""
    if ready is None:
        return "has no Ready condition yet"
    observed, wanted = _observed(obj, ready), generation(obj)
    if observed is not None and observed != wanted:
        return f"generation {wanted} is not observed yet, the last observed is {observed}"
    return ""


def _observed(obj: Object, ready: Condition) -> int | None:
    """Where the kinds say it: Flux in the status, FluxInstance and cert-manager in the condition, external-secrets
    at the front of status.syncedResourceVersion ("<generation>-<hash>")."""
    stated = at(obj, "status", "observedGeneration")
    if is_integer(stated):
        return int(stated)
    if ready.observed is not None:
        return ready.observed
    synced = text(obj, "status", "syncedResourceVersion").partition("-")[0]
    return int(synced) if synced.isdecimal() else None
