"""A gRPC server that tells a client why it does not let it in.

asyncio drops a connection whose TLS handshake failed without sending the alert that OpenSSL made of it, so a client
would see the end of the stream where a real machine says "certificate required" or "unknown certificate authority".
"""

from __future__ import annotations

import asyncio
import ssl
import weakref
from asyncio import sslproto
from typing import Any

from grpclib.server import Server

_LINGER_S = 0.1  # closing at once with unread data would reset the connection, and the alert with it


class _Alerting(sslproto.SSLProtocol):
    """Sends what OpenSSL wants to be sent, also after a handshake that failed."""

    _failed = False

    def _on_handshake_complete(self, handshake_exc: BaseException | None) -> None:
        if handshake_exc is None or self._failed:
            super()._on_handshake_complete(handshake_exc)
            return
        self._failed = True
        self._process_outgoing()  # type: ignore[attr-defined]
        asyncio.get_running_loop().call_later(_LINGER_S, self._on_handshake_complete, handshake_exc)

    def drop(self) -> None:
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()

    def buffer_updated(self, nbytes: int) -> None:
        if not self._failed:
            super().buffer_updated(nbytes)


class TlsServer(Server):
    """grpclib's server behind that TLS."""

    def __init__(self, handlers: list[Any], context: ssl.SSLContext) -> None:
        super().__init__(handlers)
        self._context = context
        self._connections: weakref.WeakSet[_Alerting] = weakref.WeakSet()

    def _protocol_factory(self) -> Any:
        loop = asyncio.get_running_loop()
        accepted: asyncio.Future[None] = loop.create_future()
        accepted.add_done_callback(_noted)
        made = _Alerting(loop, super()._protocol_factory(), self._context, accepted, server_side=True)
        self._connections.add(made)
        return made

    def close(self) -> None:
        """Nothing answers any more, not even on connections that are open: the machine is gone."""
        super().close()
        for connection in self._connections:
            connection.drop()


def _noted(accepted: asyncio.Future[None]) -> None:
    """A client that is not let in is no error of the server."""
    if not accepted.cancelled():
        accepted.exception()
