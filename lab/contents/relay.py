"""Passes connections and datagrams on: what listens at an address that no program can listen at itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, cast

Address = tuple[str, int]
Targets = Callable[[], Sequence[Address]]
"""Where to go now; one of them is taken. None: the connection is closed."""

_ANSWER_S = 5.0


class Relay(Protocol):
    """Something that listens until it is closed."""

    def close(self) -> None: ...


async def tcp(listen: Address, targets: Targets) -> Relay:
    """Raises OSError where the address cannot be listened at."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            await _both(reader, writer, targets())
        writer.close()

    return await asyncio.start_server(serve, *listen)


async def udp(listen: Address, targets: Targets) -> Relay:
    """Each datagram is a question with one answer, as DNS has it. Raises OSError as `tcp`."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Questions(targets), local_addr=listen)
    return transport


async def _both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, targets: Sequence[Address]) -> None:
    if not targets:
        return
    far_reader, far_writer = await asyncio.open_connection(*random.choice(targets))  # noqa: S311 - no secret
    try:
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
    finally:
        far_writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


class _Questions(asyncio.DatagramProtocol):
    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._asking: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        task = asyncio.ensure_future(self._ask(data, addr))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, data: bytes, addr: Address) -> None:
        targets = self._targets()
        if not targets:
            return
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Answer(answer),
            remote_addr=random.choice(targets),  # noqa: S311 - no secret
        )
        try:
            transport.sendto(data)
            async with asyncio.timeout(_ANSWER_S):
                reply = await answer
            self._transport.sendto(reply, addr)
        except (TimeoutError, OSError):
            return  # the asker asks again
        finally:
            transport.close()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)
