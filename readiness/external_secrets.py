"""External Secrets: the store answers, the secrets are there."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.conditions import condition
from readiness.fields import Object, title
from readiness.owned import unspoken
from readiness.reconciled import evidence, reason
from readiness.sentence import listed
from readiness.verdicts import every

INVALID = "InvalidStoreConfiguration"
"""The spec itself is wrong. InvalidProviderConfig and ValidationFailed heal: a Secret or the provider is not up yet."""


def store(obj: Object | None, *, name: str = "") -> Verdict:
    """Holds when a ClusterSecretStore or SecretStore is Ready with reason Valid.

    Source: external-secrets, apis/externalsecrets (reasons) and controllers/secretstore/common.go.
    """
    if obj is None:
        return NotYet(f"ClusterSecretStore {name} does not exist" if name else "the ClusterSecretStore does not exist")
    ready = condition(obj, "Ready")
    if ready is None:
        return NotYet(f"{title(obj)} has no Ready condition yet", underway=True)
    if ready.true and ready.reason == "Valid":
        return Holds(evidence(obj))
    if ready.reason == INVALID:
        return Never(f"{title(obj)} is not valid: {reason(ready)}", "correct its spec in Git, then run bootstrap again")
    return NotYet(f"{title(obj)} is not ready: {reason(ready)}", underway=True)


def secret(obj: Object | None, *, name: str = "") -> Verdict:
    """Holds when an ExternalSecret was synced in its present generation."""
    if obj is None:
        return NotYet(f"ExternalSecret {name} does not exist" if name else "the ExternalSecret does not exist")
    ready = condition(obj, "Ready")
    if ready and not ready.true:
        return NotYet(f"{title(obj)} is not synced: {reason(ready)}", underway=True)
    silent = unspoken(obj, ready)
    return NotYet(f"{title(obj)} {silent}", underway=True) if silent else Holds(evidence(obj))


def secrets(objs: Sequence[Object]) -> Verdict:
    """Holds when all of them are synced; names the first few that are not."""
    waiting = [v.reason for v in map(secret, objs) if isinstance(v, NotYet)]
    if waiting:
        return NotYet(f"{len(objs) - len(waiting)}/{len(objs)} synced: {listed(waiting, 3, '; ')}", underway=True)
    return every(*map(secret, objs))
