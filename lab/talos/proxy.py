"""apid's forwarding: a call that names nodes is answered by those nodes, in one answer.

Source: siderolabs/talos 1.11.5, internal/app/apid/pkg/{director,backend}.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos.machine import Machine
from lab.talos.pki import fingerprint

_CERTIFICATE = (
    'connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: '
    'certificate signed by unknown authority"'
)


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a call goes. many: each answer says which node it is of. names: as the client wrote them."""

    names: tuple[str, ...]
    many: bool


def targets(path: str, metadata: Mapping[str, Any], machine: Machine) -> Targets | None:
    """Where a call is to be forwarded, None when this machine itself answers. Raises GRPCError."""
    nodes, node = _values(metadata, "nodes"), _values(metadata, "node")
    if len(node) > 1:
        raise GRPCError(Status.INVALID_ARGUMENT, "node metadata must be single-valued")
    if not machine.control_plane:
        _on_worker(nodes, node, machine)
        return Targets(nodes, many=True) if nodes and not path.startswith("/cosi.") else None
    if nodes:
        if path.startswith("/cosi."):
            raise GRPCError(Status.INVALID_ARGUMENT, "one-2-many proxying is not supported for COSI methods")
        return Targets(nodes, many=True)
    return Targets(node, many=False) if node else None


def _values(metadata: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(value) for value in metadata.getall(key, ())) if hasattr(metadata, "getall") else ()


def _on_worker(nodes: Sequence[str], node: Sequence[str], machine: Machine) -> None:
    """A worker forwards nothing, but a call for itself is not forwarded."""
    for name in (*nodes, *node):
        if not _is(machine, name) or len(nodes) > 1:
            raise GRPCError(Status.PERMISSION_DENIED, "no request forwarding")


def _is(machine: Machine, name: str) -> bool:
    return name in (machine.address, f"{machine.address}:{machine.port}", machine.hostname, "127.0.0.1", "localhost")


def reached(name: str, sender: Machine, machines: Mapping[str, Machine]) -> Machine:
    """The machine of that name or address as apid on `sender` reaches it. Raises GRPCError."""
    found = next((machine for machine in machines.values() if _is(machine, name)), None)
    if found is None or not found.answers:
        raise GRPCError(
            Status.UNAVAILABLE,
            f'connection error: desc = "transport: Error while dialing: dial tcp {name}: connect: connection refused"',
        )
    if found.config is None or sender.config is None or _ca(found) != _ca(sender):
        raise GRPCError(Status.UNAVAILABLE, _CERTIFICATE)
    return found


def _ca(machine: Machine) -> str:
    return fingerprint(machine.config.machine_ca.crt) if machine.config else ""


async def together(api: Any, names: Sequence[str], reply: Any, ask: Callable[[str], Awaitable[Any]]) -> Any:
    """The answers of all nodes in one message; a node's error stands in its place. reply: class of the answer."""
    answers = await asyncio.gather(*(_named(api, name, reply, ask) for name in names))
    whole = reply()
    for answer in answers:
        whole.MergeFrom(answer)
    return whole


async def _named(api: Any, name: str, reply: Any, ask: Callable[[str], Awaitable[Any]]) -> Any:
    try:
        answer = await ask(name)
        for message in answer.messages:
            message.metadata.hostname = name
    except GRPCError as error:
        answer = reply()
        answer.messages.add().metadata.CopyFrom(_failed(api, name, error))
    return answer


def _failed(api: Any, name: str, error: GRPCError) -> Any:
    status = api.new("google.rpc.Status", code=error.status.value, message=error.message or "")
    spoken = f"rpc error: code = {_code(error.status)} desc = {error.message}"
    return api.new("common.Metadata", hostname=name, error=spoken, status=status)


def _code(status: Status) -> str:
    """The code as Go spells it: FAILED_PRECONDITION is FailedPrecondition."""
    return "".join(part.capitalize() for part in status.name.split("_"))


async def merged(
    api: Any, names: Sequence[str], reply: Any, ask: Callable[[str], AsyncIterator[Any]]
) -> AsyncIterator[Any]:
    """The streams of all nodes in one, each piece with its node's name."""
    pieces: asyncio.Queue[Any] = asyncio.Queue()

    async def follow(name: str) -> None:
        try:
            async for piece in ask(name):
                piece.metadata.hostname = name
                pieces.put_nowait(piece)
        except GRPCError as error:
            failed = reply()
            failed.metadata.CopyFrom(_failed(api, name, error))
            pieces.put_nowait(failed)

    async def all_of_them() -> None:
        try:
            await asyncio.gather(*(follow(name) for name in names))
        finally:
            pieces.put_nowait(None)

    following = asyncio.create_task(all_of_them())
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
