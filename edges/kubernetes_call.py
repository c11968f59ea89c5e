"""A blocking call over a connection, which another thread can end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")


class Ended(OSError):
    """The call was ended before it had a connection."""


class Call:
    """One request, or one watch. `end` may be called at any time, from any thread and more than once."""

    def __init__(self) -> None:
        self.ended = False
        self._lock = threading.Lock()
        self._plug: socket.socket | None = None

    def begin(self) -> None:
        """From now on the connections that this thread uses are this call's. (A worker has a context of its own.)"""
        _CURRENT.set(self)

    def finish(self) -> None:
        """Its connection may serve others now."""
        with self._lock:
            self._plug = None

    def run(self, function: Callable[[], T]) -> T:
        """`function` between `begin` and `finish`."""
        self.begin()
        try:
            return function()
        finally:
            self.finish()

    def hold(self, plug: socket.socket) -> None:
        """From now on the call waits on this connection. Raises Ended."""
        with self._lock:
            self._plug = plug
            if self.ended:
                raise Ended("the call was ended")

    def end(self) -> None:
        """Shut its connection down: a read that waits returns."""
        with self._lock:
            self.ended = True
            if self._plug is not None:
                with suppress(OSError):
                    self._plug.shutdown(socket.SHUT_RDWR)


def current() -> Call | None:
    """Whose connections this thread makes now."""
    return _CURRENT.get()


_CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)
