"""What all of Flux's objects have in common: suspended, stalled, retrying, ready for this generation."""

from __future__ import annotations

from bootstrap.verdict import Never, NotYet
from readiness.conditions import Condition, condition
from readiness.fields import Object, at, generation, name_of, text, title, uid
from readiness.owned import unspoken
from readiness.sentence import one_line

_COMMANDS = {
    "Kustomization": "kustomization",
    "HelmRelease": "helmrelease",
    "GitRepository": "source git",
    "OCIRepository": "source oci",
}


def command(verb: str, obj: Object) -> str:
    """The flux command line for an object, e.g. "flux resume kustomization cluster -n flux-system"."""
    kind = _COMMANDS.get(text(obj, "kind"), text(obj, "kind").lower())
    return f"flux {verb} {kind} {name_of(obj)} -n {text(obj, 'metadata', 'namespace')}"


def ended(obj: Object, remedy: str) -> Never | None:
    """Suspended, or stalled in the present generation: no retry will come.

    remedy: what the operator does about a stall. A wait for a suspended object would have no end (flux2,
    objectReconciled).
    """
    if at(obj, "spec", "suspend") is True:
        return Never(f"{title(obj)} is suspended", f"`{command('resume', obj)}`, then run bootstrap again")
    stalled = condition(obj, "Stalled")
    if stalled and stalled.true and stalled.observed in (None, generation(obj)):
        return Never(f"{title(obj)} is stalled: {reason(stalled)}", remedy)
    return None


def unready(obj: Object) -> NotYet | None:
    """Not reconciled yet, or retrying after a failure; None when Ready=True speaks of the present generation.

    While an object fails its status stays at the generation of the last success, so the failure is said first.
    """
    ready = condition(obj, "Ready")
    if ready and not ready.true:
        return NotYet(f"{title(obj)} {_unready(obj, ready)}", underway=True)
    silent = unspoken(obj, ready)
    return NotYet(f"{title(obj)} {silent}", underway=True) if silent else None


def reason(found: Condition) -> str:
    return one_line(f"{found.reason}: {found.message}" if found.message else found.reason)


def evidence(obj: Object, **more: object) -> dict[str, object]:
    """What is kept of an object that is ready."""
    return {title(obj): {"uid": uid(obj), "generation": generation(obj)} | more}


def _unready(obj: Object, ready: Condition) -> str:
    progress = condition(obj, "Reconciling")
    retrying = progress and progress.true and progress.reason == "ProgressingWithRetry"
    return f"{'failed, Flux tries again' if retrying else 'is not ready'}: {reason(ready)}"
