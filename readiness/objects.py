"""The generic gate: everything that a release applied is what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.conditions import condition
from readiness.fields import Object, group_kind, uid
from readiness.kstatus import Kind, Status, compute
from readiness.owned import owned, unspoken
from readiness.pods import explain, pulling
from readiness.sentence import listed
from readiness.status import in_progress
from readiness.workload import next_action


def objects(
    objs_by_ref: Mapping[Any, Object | None],
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
) -> Verdict:
    """Holds when kstatus calls every object Current.

    objs_by_ref: what the release's manifest lists, by anything that prints as a name; None for what is not there.
    Claims that are not bound are left out: one of a WaitForFirstConsumer class binds only when its pod is scheduled,
    and that pod is judged by its own workload. An object that is not there counts as on its way (it was just applied),
    unless nothing at all is there.
    """
    if not any(obj is not None for obj in objs_by_ref.values()):
        return NotYet(f"none of {len(objs_by_ref)} objects exists" if objs_by_ref else "no object was applied")
    unready = _unready(objs_by_ref, now)
    if not unready:
        return Holds(_evidence(objs_by_ref))
    return _verdict(objs_by_ref, unready, pods, events, now)


def uids(objs_by_ref: Mapping[Any, Object | None]) -> dict[str, str]:
    """The identity of every object that exists, by the name of its reference: evidence for `recreated`."""
    return {str(ref): uid(obj) for ref, obj in objs_by_ref.items() if obj is not None}


def recreated(seen: Mapping[str, str], objs_by_ref: Mapping[Any, Object | None]) -> tuple[str, ...]:
    """Names of objects that were deleted and made anew since `seen` (their uid is another): readiness starts anew.

    Source: cli-utils' WaitTask fails when the uid of an object that it applied changes.
    """
    now = uids(objs_by_ref)
    return tuple(sorted(name for name, was in seen.items() if name in now and now[name] != was))


def _unready(objs_by_ref: Mapping[Any, Object | None], now: float | None) -> dict[Any, Status]:
    found = {ref: _status(obj, now) for ref, obj in objs_by_ref.items()}
    return {ref: status for ref, status in found.items() if status.kind is not Kind.CURRENT}


def _status(obj: Object | None, now: float | None) -> Status:
    status = compute(obj, now)
    if obj is None or status.kind is not Kind.CURRENT:
        return Status(Kind.CURRENT) if obj is not None and _waits_for_its_pod(obj, status) else status
    silent = unspoken(obj, condition(obj, "Ready")) if owned(obj) else ""
    return in_progress(silent) if silent else status


def _waits_for_its_pod(obj: Object, status: Status) -> bool:
    return status.kind is Kind.IN_PROGRESS and group_kind(obj) == "PersistentVolumeClaim"


def _verdict(
    objs_by_ref: Mapping[Any, Object | None],
    unready: Mapping[Any, Status],
    pods: Sequence[Object],
    events: Sequence[Object],
    now: float | None,
) -> Verdict:
    sentence = _sentence(len(objs_by_ref), unready, explain(pods, now, events))
    broken = [ref for ref, status in unready.items() if status.kind is Kind.FAILED]
    obj = objs_by_ref[broken[0]] if broken else None
    if obj is None or pulling(pods, events):
        return NotYet(sentence, underway=True)
    return Never(sentence, next_action(obj))


def _sentence(total: int, unready: Mapping[Any, Status], why: str) -> str:
    """What failed stands before what only takes time."""
    order = sorted(unready.items(), key=lambda item: (item[1].kind is not Kind.FAILED, str(item[0])))
    named = listed([f"{ref} {status.message}".rstrip() for ref, status in order], most=3, between="; ")
    return f"{total - len(unready)}/{total} objects ready: {named}" + (f" ({why})" if why else "")


def _evidence(objs_by_ref: Mapping[Any, Object | None]) -> dict[str, object]:
    unbound = [
        str(ref) for ref, obj in objs_by_ref.items() if obj is not None and compute(obj).kind is not Kind.CURRENT
    ]
    return {"objects": len(objs_by_ref), "uids": uids(objs_by_ref), "claims_not_bound": unbound}
