"""The VIP, with plain servers on the loopback behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from lab.control_plane.vip import Address, Vip

_LIMIT_S = 20.0


def free() -> Address:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host, port = taken.getsockname()
        return host, port


@asynccontextmanager
async def backend(name: bytes) -> AsyncIterator[Address]:
    """A server that says its name, then echoes until the other side ends."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(name)
        while piece := await reader.read(1000):
            writer.write(piece)
        writer.close()

    address = free()
    server = await asyncio.start_server(serve, *address)
    try:
        yield address
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


def run(act: Callable[[Vip, Address], Awaitable[None]]) -> None:
    async def bounded() -> None:
        address = free()
        vip = Vip(address)
        try:
            async with asyncio.timeout(_LIMIT_S):
                await act(vip, address)
        finally:
            await vip.stop()

    asyncio.run(bounded())


async def hello(address: Address) -> bytes:
    """Who answers; b"" when the connection is taken and closed."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        return await reader.read(1)
    finally:
        writer.close()


def test_it_refuses_connections_while_nobody_is_healthy() -> None:
    """Before the first backend, and again after the last one."""

    async def act(vip: Vip, address: Address) -> None:
        with pytest.raises(ConnectionRefusedError):
            await hello(address)
        async with backend(b"a") as a:
            await vip.follow([a])
            assert await hello(address) == b"a"
            await vip.follow([])
            with pytest.raises(ConnectionRefusedError):
                await hello(address)

    run(act)


def test_streams_pass_both_ways_until_one_side_ends() -> None:
    """What is written comes back, and the end of writing reaches the other side."""

    async def act(vip: Vip, address: Address) -> None:
        async with backend(b"a") as a:
            await vip.follow([a])
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"x" * 300_000)
            writer.write_eof()
            assert await reader.read() == b"a" + b"x" * 300_000
            writer.close()

    run(act)


def test_new_connections_go_to_the_one_that_is_healthy_longest() -> None:
    """The owner stays while it is healthy, whatever the order it is told in, and comes back as the last."""

    async def act(vip: Vip, address: Address) -> None:
        async with backend(b"a") as a, backend(b"b") as b:
            await vip.follow([b])
            await vip.follow([a, b])
            assert await hello(address) == b"b"
            await vip.follow([a])
            await vip.follow([b, a])
            assert (await hello(address), vip.backends) == (b"a", (a, b))

    run(act)


def test_a_backend_that_does_not_take_the_connection_is_passed_over() -> None:
    """Between a death and its being noticed, clients reach the next one."""

    async def act(vip: Vip, address: Address) -> None:
        async with backend(b"b") as b:
            await vip.follow([free(), b])
            assert await hello(address) == b"b"

    run(act)


def test_connections_to_a_backend_that_is_not_healthy_any_more_are_closed() -> None:
    """Others stay open."""

    async def act(vip: Vip, address: Address) -> None:
        async with backend(b"a") as a, backend(b"b") as b:
            await vip.follow([a])
            first, _ = await asyncio.open_connection(*address)
            assert await first.read(1) == b"a"
            await vip.follow([b])
            second, writer = await asyncio.open_connection(*address)
            assert await second.read(1) == b"b"
            await vip.follow([b, a])
            assert await _rest(first) == b""
            writer.write(b"still")
            assert await second.read(5) == b"still"
            writer.close()

    run(act)


def test_a_connection_ends_with_its_backend() -> None:
    """A client of an API server that dies is not left waiting."""

    async def act(vip: Vip, address: Address) -> None:
        async with backend(b"a") as a:
            await vip.follow([a])
            reader, writer = await asyncio.open_connection(*address)
            assert await reader.read(1) == b"a"
        assert await _rest(reader) == b""
        writer.close()

    run(act)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
