"""Pods that do not exist because the API server refuses them (PodSecurity, quota, admission webhooks).

Seen as "desired 3, ready 0" without any error on the workload: only an event, or a ReplicaFailure condition, tells
(rook/rook#11755).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from readiness.conditions import condition
from readiness.fields import Object, integer, name_of, text
from readiness.sentence import one_line


def refusals(events: Sequence[Object], owners: Sequence[Object] = ()) -> list[str]:
    """A phrase per workload and cause, with how often it was tried, in the order of their names."""
    tries: dict[tuple[str, str], int] = {}
    for event in events:
        if text(event, "reason") == "FailedCreate":
            key = (_workload(event), _cause(text(event, "message")))
            tries[key] = tries.get(key, 0) + max(1, integer(event, "count"))
    told = {cause for _, cause in tries}
    phrases = [f"{where} FailedCreate: {cause} ({_times(count)})" for (where, cause), count in sorted(tries.items())]
    return phrases + sorted(phrase for cause, phrase in _conditions(owners) if cause not in told)


def _conditions(owners: Sequence[Object]) -> Iterator[tuple[str, str]]:
    for owner in owners:
        failure = condition(owner, "ReplicaFailure")
        if failure and failure.true:
            cause = _cause(failure.message)
            yield cause, f"{text(owner, 'kind')} {name_of(owner)} {failure.reason or 'FailedCreate'}: {cause}"


def _workload(event: Object) -> str:
    return f"{text(event, 'involvedObject', 'kind')} {text(event, 'involvedObject', 'name')}"


def _cause(message: str) -> str:
    """Without the name of the pod, which is another one at every try."""
    _, forbidden, cause = message.partition(" is forbidden: ")
    return one_line(cause if forbidden else message.removeprefix("Error creating: "))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
