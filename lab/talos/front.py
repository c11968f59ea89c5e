"""What stands at a machine's port: every call comes through here, is let in, and goes where it is meant to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any, cast

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError

from lab.talos import cosi, etcd_calls, files, machined, maintenance, proxy, storage, streams
from lab.talos.api import Method, TalosApi
from lab.talos.authorization import allowed, roles
from lab.talos.call import Call
from lab.talos.machine import Machine

_SECURE: dict[str, Any] = {
    **machined.CALLS,
    **etcd_calls.CALLS,
    **files.CALLS,
    **streams.CALLS,
    **cosi.CALLS,
    "/storage.StorageService/Disks": storage.disks,
}
_CARDINALITY = {
    (False, False): Cardinality.UNARY_UNARY,
    (False, True): Cardinality.UNARY_STREAM,
    (True, False): Cardinality.STREAM_UNARY,
    (True, True): Cardinality.STREAM_STREAM,
}


class Front:
    """The calls of one machine, in the mode in which its port was opened."""

    def __init__(self, api: TalosApi, machine: Machine, machines: Mapping[str, Machine], secure: bool) -> None:
        self._api, self._machine, self._machines, self._secure = api, machine, machines, secure

    def __mapping__(self) -> dict[str, Handler]:
        return {
            method.path: Handler(
                partial(self._serve, method),
                _CARDINALITY[method.takes_stream, method.gives_stream],
                method.request,
                method.reply,
            )
            for method in self._api.methods
            if self._secure or method.path.startswith(maintenance.SERVICES)
        }

    async def _serve(self, method: Method, stream: Any) -> None:
        held = roles(stream.peer.cert()) if self._secure else frozenset()
        if self._secure and not allowed(method.path, held):
            raise GRPCError(Status.PERMISSION_DENIED, "not authorized")
        where = proxy.targets(method.path, stream.metadata, self._machine) if self._secure else None
        request = stream if method.takes_stream else await stream.recv_message()
        call = Call(self._api, self._machine, self._machines, request, held)
        if method.gives_stream:
            async for piece in self._streamed(method, call, where):
                await stream.send_message(piece)
            return
        await stream.send_message(await self._answered(method, call, where))

    async def _answered(self, method: Method, call: Call, where: proxy.Targets | None) -> Any:
        answer = self._answer(method.path)
        if where is None:
            return await answer(call)
        if not where.many:
            return await answer(self._sent_to(where.names[0], call))

        async def ask(name: str) -> Any:
            return await answer(self._sent_to(name, call))

        return await proxy.together(self._api, where.names, method.reply, ask)

    def _streamed(self, method: Method, call: Call, where: proxy.Targets | None) -> AsyncIterator[Any]:
        answer = self._answer(method.path)
        if where is None:
            return cast(AsyncIterator[Any], answer(call))
        if not where.many:
            return cast(AsyncIterator[Any], answer(self._sent_to(where.names[0], call)))

        def ask(name: str) -> AsyncIterator[Any]:
            return cast(AsyncIterator[Any], answer(self._sent_to(name, call)))

        return proxy.merged(self._api, where.names, method.reply, ask)

    def _answer(self, path: str) -> Any:
        calls = _SECURE if self._secure else maintenance.CALLS
        if path not in calls:
            raise GRPCError(Status.UNIMPLEMENTED, f"method {path.rpartition('/')[2]} not implemented")
        return calls[path]

    def _sent_to(self, name: str, call: Call) -> Call:
        machine = proxy.reached(name, self._machine, self._machines)
        return Call(self._api, machine, self._machines, call.request, call.roles)
