"""Calls of a configured machine that stream: kubeconfig, logs, files, events.

Source: siderolabs/talos 1.11.5, internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go.
"""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos.call import Call, unknown
from lab.talos.history import HappenedEvent
from lab.talos.services import Service

_LOOK_S = 0.2


async def kubeconfig(call: Call) -> AsyncIterator[Any]:
    """One file in a tar.gz. The machine's config has all that it takes, so it comes before Kubernetes does."""
    call.on_control_plane("kubeconfig")
    text = call.etcd.kubeconfig(call.machine.name).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("kubeconfig")
        entry.size, entry.mode, entry.mtime = len(text), 0o600, int(time.time())
        archive.addfile(entry, io.BytesIO(text))
    yield call.data(packed.getvalue())


async def dmesg(call: Call) -> AsyncIterator[Any]:
    """The lines so far; with `follow` those that come, too."""
    sent = 0 if not call.request.tail else len(call.machine.history.lines)
    while True:
        lines = call.machine.history.lines
        for at, line in lines[sent:]:
            yield call.data(f"user: warning: [{_stamp(at)}]: [talos] {line}\n".encode())
        sent = len(lines)
        if not call.request.follow:
            return
        await call.machine.change(_LOOK_S)


def _stamp(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1_000_000):06d}Z"


async def logs(call: Call) -> AsyncIterator[Any]:
    """A service's events as its log. Raises GRPCError for a service that the machine does not have."""
    service = call.machine.services.all.get(call.request.id)
    if service is None:
        raise unknown(f"log {call.request.id!r} was not registered")
    sent = 0
    while True:
        for line in _log(service, sent):
            yield call.data(line)
        sent = len(service.events)
        if not call.request.follow:
            return
        await call.machine.change(_LOOK_S)


def _log(service: Service, sent: int) -> Iterator[bytes]:
    for event in service.events[sent:]:
        yield f"{_stamp(event.at)} {service.id}: {event.state}: {event.message}\n".encode()


async def read(call: Call) -> AsyncIterator[Any]:
    """The few files that talosctl itself reads. Raises GRPCError for others."""
    files = {
        "/proc/sys/kernel/random/boot_id": f"{call.machine.boot_id}\n",
        "/etc/hostname": call.machine.hostname,
    }
    if call.request.path not in files:
        raise GRPCError(Status.NOT_FOUND, f"stat {call.request.path}: no such file or directory")
    yield call.data(files[call.request.path].encode())


async def events(call: Call) -> AsyncIterator[Any]:
    """What happens from now on, after as much of the past as was asked for."""
    request, history = call.request, call.machine.history
    sent = _first(call, history.events)
    yield call.api.new("machine.Event")  # tells that the stream has begun
    while history is call.machine.history:
        await call.machine.note_status()
        for event in history.events[sent:]:
            if not request.with_actor_id or event.actor == request.with_actor_id:
                yield _event(call, event)
        sent = len(history.events)
        await call.machine.change(_LOOK_S)


def _first(call: Call, past: list[HappenedEvent]) -> int:
    request = call.request
    if request.tail_id:
        return next((event.id + 1 for event in past if _id(event) == request.tail_id), 0)
    if request.tail_seconds:
        since = time.time() - request.tail_seconds
        return next((event.id for event in past if event.at >= since), len(past))
    return 0 if request.tail_events < 0 else max(0, len(past) - request.tail_events)


def _id(event: HappenedEvent) -> str:
    """Ordered as the events are, as Talos' own ids."""
    return f"{event.id:020d}"


def _event(call: Call, event: HappenedEvent) -> Any:
    packed = call.api.new(f"machine.{event.kind}", **event.values).SerializeToString()
    data = {"type_url": f"talos/runtime/machine.{event.kind}", "value": packed}
    return call.api.new("machine.Event", data=data, id=_id(event), actor_id=event.actor)


async def disk_usage(call: Call) -> AsyncIterator[Any]:
    for path in call.request.paths or ("/",):
        yield call.api.new("machine.DiskUsageInfo", name=path, size=0, relative_name=path)


CALLS = {
    f"/machine.MachineService/{name}": answer
    for name, answer in {
        "DiskUsage": disk_usage,
        "Dmesg": dmesg,
        "Events": events,
        "Kubeconfig": kubeconfig,
        "Logs": logs,
        "Read": read,
    }.items()
}
"""Path -> what answers it."""
