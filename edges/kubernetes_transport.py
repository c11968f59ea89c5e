"""HTTPS to an API server through one pool of connections, where a call that waits can be ended from another thread.

urllib3 is what the official client speaks through; its connections are taught here to know whose call they serve.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from edges.kubernetes_call import current

CONNECT_S = 5.0
READ_S = 30.0
_POOL_SIZE = 64
_KEEPALIVE = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 15),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 4),
)
"""A peer that vanished is noticed within some 35 s also where nothing is sent; options that a system lacks are left."""


def pool(context: ssl.SSLContext, server_name: str = "") -> urllib3.PoolManager:
    """Connections are kept and used again. Nothing is retried or redirected here: who asks decides."""
    named: dict[str, Any] = {"server_hostname": server_name, "assert_hostname": server_name} if server_name else {}
    manager = urllib3.PoolManager(
        num_pools=16, maxsize=_POOL_SIZE, retries=urllib3.Retry(False), ssl_context=context, **named
    )
    manager.pool_classes_by_scheme = {"https": _Pool}
    return manager


class _Connection(HTTPSConnection):
    """`_plug` is a second descriptor of the connection: the first one changes hands when TLS begins."""

    _plug: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                return self._connected(sock, address)
            except OSError as error:
                sock.close()
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"{self.host} did not take the connection in time") from failure
        raise NewConnectionError(self, str(failure)) from failure

    def _connected(self, sock: socket.socket, address: Any) -> socket.socket:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for level, name, value in _KEEPALIVE:
            if hasattr(socket, name):
                sock.setsockopt(level, getattr(socket, name), value)
        self._unplug()
        self._plug = sock.dup()
        self._held()
        sock.settimeout(self.timeout if isinstance(self.timeout, int | float) else CONNECT_S)
        sock.connect(address)
        return sock

    def _held(self) -> None:
        call = current()
        if call is not None and self._plug is not None:
            call.hold(self._plug)

    def _unplug(self) -> None:
        if self._plug is not None:
            self._plug.close()
            self._plug = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._held()
        super().request(*args, **kwargs)

    def close(self) -> None:
        super().close()
        self._unplug()


class _Pool(urllib3.HTTPSConnectionPool):
    ConnectionCls: type[Any] = _Connection
