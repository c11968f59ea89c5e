"""Relays: what listens at a ClusterIP, on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from lab.contents import relay


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that nothing listens at."""
    with socket.socket(socket.AF_INET, kind) as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


async def echo(name: bytes) -> tuple[asyncio.Server, int]:
    """A server that answers with its name and what it was sent, once the sender has ended."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name + b":" + await reader.read())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])


async def ask(port: int, text: bytes) -> bytes:
    """What a TCP server answers, until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    writer.write_eof()
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def run(scene: Callable[[], Awaitable[None]]) -> None:
    """A scene within some seconds."""

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(bounded())


def test_connections_follow_the_targets() -> None:
    """A connection goes where the targets are at that moment, both ways, also after one side has ended."""

    async def scene() -> None:
        first, first_port = await echo(b"first")
        second, second_port = await echo(b"second")
        targets = [("127.0.0.1", first_port)]
        port = free_port()
        passing = await relay.tcp(("127.0.0.1", port), lambda: targets)
        assert await ask(port, b"hello") == b"first:hello"
        targets[:] = [("127.0.0.1", second_port)]
        assert await ask(port, b"hello") == b"second:hello"
        for server in (passing, first, second):
            server.close()

    run(scene)


@pytest.mark.parametrize("targets", [[], [("127.0.0.1", 1)]])
def test_without_anything_behind_it_a_connection_is_closed(targets: list[relay.Address]) -> None:
    """No target, or one that refuses: the caller is cut off at once, and the relay goes on."""

    async def cut_off(port: int) -> bool:
        try:
            return await ask(port, b"hello") == b""
        except ConnectionResetError:
            return True

    async def scene() -> None:
        port = free_port()
        passing = await relay.tcp(("127.0.0.1", port), lambda: targets)
        for _ in range(2):
            assert await cut_off(port)
        passing.close()

    run(scene)


def test_questions_get_their_own_answers() -> None:
    """Two askers at once each get the answer to their own datagram."""

    async def scene() -> None:
        port, far_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
        loop = asyncio.get_running_loop()
        far, _ = await loop.create_datagram_endpoint(Upper, local_addr=("127.0.0.1", far_port))
        passing = await relay.udp(("127.0.0.1", port), lambda: [("127.0.0.1", far_port)])
        answers = await asyncio.gather(*(asyncio.to_thread(question, port, text) for text in (b"a", b"b")))
        assert answers == [b"A", b"B"]
        passing.close()
        far.close()

    run(scene)


class Upper(asyncio.DatagramProtocol):
    """Answers in capitals."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data.upper(), addr)  # type: ignore[attr-defined]


def question(port: int, text: bytes) -> bytes:
    """One datagram's answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.settimeout(10)
        plug.sendto(text, ("127.0.0.1", port))
        return plug.recv(100)
