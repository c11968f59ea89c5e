"""The COSI state service: what `talosctl get` reads.

Source of the order of a watch's events and of the refusals: cosi-project/runtime v1.10.7, pkg/state/protobuf/server;
siderolabs/talos 1.11.5, internal/app/resources/access.go.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos.authorization import ADMIN
from lab.talos.call import Call
from lab.talos.definitions import BY_ID, NAMESPACES
from lab.talos.resource import Resource
from lab.talos.resources import found_of

_LOOK_S = 0.05
_CREATED, _UPDATED, _DESTROYED, _BOOTSTRAPPED = 0, 1, 2, 3


async def get(call: Call) -> Any:
    for found in await _all(call):
        if found.id == call.request.id:
            return call.api.new("cosi.resource.GetResponse", resource=_sent(call, found))
    request = call.request
    raise GRPCError(
        Status.NOT_FOUND, f"resource {request.type}({request.namespace}/{request.id}@undefined) doesn't exist"
    )


async def list_all(call: Call) -> AsyncIterator[Any]:
    for found in await _all(call):
        yield call.api.new("cosi.resource.ListResponse", resource=_sent(call, found))


async def watch(call: Call) -> AsyncIterator[Any]:
    """The state at first, then each change until the client or the machine goes."""
    wanted = call.request.id if call.request.HasField("id") else None
    before = await _wanted(call, wanted)
    yield call.api.new("cosi.resource.WatchResponse")
    for response in _begun(call, wanted, before):
        yield response
    while True:
        await call.machine.change(_LOOK_S)
        now = await _wanted(call, wanted)
        for response in _changes(call, before, now):
            yield response
        before = now


def _begun(call: Call, wanted: str | None, before: dict[str, Resource]) -> list[Any]:
    if wanted is not None:
        if not before:
            missing = Resource(call.request.type, call.request.namespace, wanted, "")
            return [_event(call, _DESTROYED, missing)]
        return [_event(call, _CREATED, found) for found in before.values()]
    if not call.request.options.bootstrap_contents:
        return []
    created = [_event(call, _CREATED, found) for found in before.values()]
    return [*created, _event(call, _BOOTSTRAPPED, None)] if call.request.api_version > 0 else created


def _changes(call: Call, before: dict[str, Resource], now: dict[str, Resource]) -> list[Any]:
    gone = [_event(call, _DESTROYED, found) for id, found in before.items() if id not in now]
    fresh = [_event(call, _CREATED, found) for id, found in now.items() if id not in before]
    changed = [
        _event(call, _UPDATED, found, before[id])
        for id, found in now.items()
        if id in before and before[id].text != found.text
    ]
    return [*gone, *fresh, *changed]


def _event(call: Call, kind: int, found: Resource | None, old: Resource | None = None) -> Any:
    event = call.api.new("cosi.resource.Event", event_type=kind)
    if old is not None:
        event.old.CopyFrom(_sent(call, old))
    if found is not None:
        event.resource.CopyFrom(_sent(call, found))
    return call.api.new("cosi.resource.WatchResponse", event=[event])


def _sent(call: Call, found: Resource) -> Any:
    return call.machine.versions.message(call.api, found)


async def _wanted(call: Call, id: str | None) -> dict[str, Resource]:
    return {found.id: found for found in await _all(call) if id is None or found.id == id}


async def _all(call: Call) -> tuple[Resource, ...]:
    """What there is of the asked kind. Raises GRPCError for kinds and namespaces that are not there or not allowed."""
    request = call.request
    definition = BY_ID.get(request.type.lower())
    if definition is None:
        raise GRPCError(Status.PERMISSION_DENIED, f'resource type "{request.type}" is not supported')
    if definition.sensitive and ADMIN not in call.roles:
        raise GRPCError(Status.PERMISSION_DENIED, "not authorized")
    if request.namespace not in NAMESPACES:
        raise GRPCError(Status.PERMISSION_DENIED, f'namespace "{request.namespace}" is not supported')
    if request.namespace != definition.namespace:
        return ()
    return await found_of(definition, call)


CALLS = {
    "/cosi.resource.State/Get": get,
    "/cosi.resource.State/List": list_all,
    "/cosi.resource.State/Watch": watch,
}
