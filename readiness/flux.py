"""Flux: when its objects are what Git says. Rules of the flux CLI and of the controllers' conditions."""

from __future__ import annotations

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.conditions import condition
from readiness.fields import Object, mappings, text, title
from readiness.reconciled import command, ended, evidence, reason, unready
from readiness.revision import revision_commit, same_commit, short

__all__ = ["artifact_revision", "flux_instance", "helm_release", "kustomization", "revision_commit", "source"]

_AUTH = ("unable to authenticate", "authentication required", "authorization failed", "permission denied (publickey)")


def kustomization(obj: Object | None, revision: str | None = None, *, name: str = "") -> Verdict:
    """Holds when it is Ready in its present generation, and what is applied is `revision` (None: any).

    A Reconciling=True left behind beside Ready=True is accepted when the applied, the attempted and the expected
    revision are one. Stalled is set for few causes only (AccessDenied, InvalidCELExpression, FeatureGateDisabled): a
    build error is tried for ever, so it is the wait's deadline that ends it.
    Source: kustomize-controller, kustomization_controller.go; flux2, status checks.
    """
    if obj is None:
        return _absent("Kustomization", name)
    remedy = f"mend what it names in Git or RBAC, push, then `{command('reconcile', obj)} --with-source`"
    return ended(obj, remedy) or unready(obj) or _applied(obj, revision)


def helm_release(obj: Object | None, *, name: str = "") -> Verdict:
    """Holds when it is Ready in its present generation. Evidence: Helm's word and the chart of the last release.

    Source: helm-controller v2 conditions; RetriesExceeded in reconcile/atomic_release.go.
    """
    if obj is None:
        return _absent("HelmRelease", name)
    remedy = f"mend the cause (values, chart or access), then `{command('reconcile', obj)} --reset`"
    last = next(iter(mappings(obj, "status", "history")), {})
    return (
        ended(obj, remedy)
        or unready(obj)
        or _still_reconciling(obj)
        or Holds(evidence(obj, helm=text(last, "status"), chart=text(last, "chartVersion")))
    )


def source(obj: Object | None, revision: str | None = None, *, name: str = "") -> Verdict:
    """Holds when a GitRepository or OCIRepository is Ready and its artifact is `revision` (None: any).

    Credentials that the other side refuses do not heal: Never. Source: source-controller's conditions, and
    fluxcd/terraform-provider-flux#591 for the words of a refused deploy key.
    """
    if obj is None:
        return _absent("source", name)
    remedy = f"correct its URL or reference in Git, push, then `{command('reconcile', obj)}`"
    return ended(obj, remedy) or _refused(obj) or unready(obj) or _fetched(obj, revision)


def flux_instance(obj: Object | None, *, name: str = "flux") -> Verdict:
    """Holds when the Flux operator says that the instance is Ready. BuildFailed stalls; all else is tried again.

    Source: controlplaneio-fluxcd/flux-operator, fluxinstance_controller.go.
    """
    if obj is None:
        return _absent("FluxInstance", name)
    remedy = "correct the FluxInstance's spec (distribution, components, patches) in Git, then run bootstrap again"
    applied = text(obj, "status", "lastAppliedRevision")
    return (
        _disabled(obj)
        or ended(obj, remedy)
        or unready(obj)
        or _still_reconciling(obj)
        or Holds(evidence(obj, revision=applied))
    )


def artifact_revision(obj: Object | None) -> str:
    """The revision that a source offers, "" when it has none yet."""
    return text(obj, "status", "artifact", "revision")


def _disabled(obj: Object) -> Never | None:
    """The operator's own way to suspend: an annotation."""
    annotation = "fluxcd.controlplane.io/reconcile"
    if text(obj, "metadata", "annotations", annotation).lower() != "disabled":
        return None
    return Never(f"{title(obj)} is not reconciled: {annotation} is disabled", f"remove its annotation {annotation}")


def _absent(kind: str, name: str) -> NotYet:
    return NotYet(f"{kind} {name} does not exist" if name else f"the {kind} does not exist")


def _applied(obj: Object, revision: str | None) -> Verdict:
    applied = text(obj, "status", "lastAppliedRevision")
    if not applied:
        return NotYet(f"{title(obj)} has applied nothing yet", underway=True)
    if revision is not None and not same_commit(applied, revision):
        return NotYet(f"{title(obj)} has applied {short(applied)}, expected {short(revision)}", underway=True)
    settled = revision is not None and same_commit(applied, text(obj, "status", "lastAttemptedRevision"))
    return (None if settled else _still_reconciling(obj)) or Holds(evidence(obj, revision=applied))


def _still_reconciling(obj: Object) -> NotYet | None:
    found = condition(obj, "Reconciling")
    if found is None or not found.true:
        return None
    return NotYet(f"{title(obj)} is reconciling: {reason(found)}", underway=True)


def _fetched(obj: Object, revision: str | None) -> Verdict:
    there = artifact_revision(obj)
    if not there:
        return NotYet(f"{title(obj)} has no artifact yet", underway=True)
    if revision is not None and not same_commit(there, revision):
        return NotYet(f"{title(obj)} is at {short(there)}, expected {short(revision)}", underway=True)
    return _still_reconciling(obj) or Holds(evidence(obj, revision=there))


def _refused(obj: Object) -> Never | None:
    found = condition(obj, "Ready")
    if found is None or found.true:
        return None
    if found.reason != "AuthenticationFailed" and not any(words in found.message.lower() for words in _AUTH):
        return None
    secret = text(obj, "spec", "secretRef", "name") or "(none is named in spec.secretRef)"
    return Never(
        f"{title(obj)} is refused by its remote: {reason(found)}",
        f"check the deploy key or token in Secret {secret}, then `{command('reconcile', obj)}`",
    )
