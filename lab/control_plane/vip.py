"""Addresses of the cluster's API: connections are passed on, unread, to an API server that is healthy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

Address = tuple[str, int]
"""Host and port."""

_PIECE = 65536
_DIAL_S = 3.0


class Vip:
    """Listens only while there is a healthy backend, as Talos announces its VIP only where etcd runs.

    New connections go to the backend that has been healthy longest (a VIP has one owner), or to the next one where
    that does not take them. Connections to a backend that is not healthy any more are closed.
    """

    def __init__(self, *listens: Address) -> None:
        self._listens = listens
        self._servers: list[asyncio.Server] = []
        self._backends: tuple[Address, ...] = ()
        self._connections: dict[asyncio.Task[None], Address | None] = {}
        self._turn = asyncio.Lock()

    @property
    def backends(self) -> tuple[Address, ...]:
        """The healthy ones, that of new connections first."""
        return self._backends

    async def follow(self, healthy: Sequence[Address]) -> None:
        """From now on these are healthy."""
        async with self._turn:
            stayed = tuple(backend for backend in self._backends if backend in healthy)
            self._backends = (*stayed, *(backend for backend in healthy if backend not in stayed))
            for task, backend in list(self._connections.items()):
                if backend is not None and backend not in self._backends:
                    task.cancel()
            if self._backends and not self._servers:
                self._servers = [await asyncio.start_server(self._serve, *address) for address in self._listens]
            if not self._backends:
                await self._close()

    async def stop(self) -> None:
        """Refuse connections and close those that are open."""
        await self.follow(())

    async def _close(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for task in list(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = None
        try:
            await self._pass_on(task, reader, writer)
        except asyncio.CancelledError:
            pass  # a server's connection ends quietly
        finally:
            del self._connections[task]
            writer.transport.abort()

    async def _pass_on(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for backend in self._backends:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_DIAL_S):
                    far_reader, far_writer = await asyncio.open_connection(*backend)
                self._connections[task] = backend
                try:
                    await _both_ways((reader, far_writer), (far_reader, writer))
                finally:
                    far_writer.transport.abort()
                return


async def _both_ways(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Until both sides have ended, or one broke."""
    async with asyncio.TaskGroup() as group:
        for reader, writer in ways:
            group.create_task(_copy(reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
    except (ConnectionError, OSError):
        writer.transport.abort()
