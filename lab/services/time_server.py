"""The time of this computer, told to whoever asks for it by SNTP (RFC 5905, section 7.3)."""

from __future__ import annotations

import asyncio
import struct
import time
from typing import Any, cast

from lab import addresses

_SINCE_1900_S = 2208988800
_SERVER, _VERSION, _STRATUM = 4, 4, 2
_HEADER = struct.Struct("!BBbb11I")
_QUESTION = slice(40, 48)
"""Where the asker's transmit timestamp stands: it comes back as the originate timestamp."""


class TimeServer:
    """Every time server of the inventory, at one address."""

    def __init__(self, address: str = addresses.TIME, port: int = 123) -> None:
        self._listens = (address, port)
        self._transport: asyncio.BaseTransport | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(_Answers, local_addr=self._listens)

    async def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Answers(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if len(data) >= _HEADER.size:
            self._transport.sendto(answer(data, time.time()), addr)


def answer(question: bytes, now: float) -> bytes:
    """What a synchronised server answers. now: unix time, in seconds."""
    asked = struct.unpack("!II", question[_QUESTION])
    moment = (int(now) + _SINCE_1900_S, int(now % 1 * 2**32))
    return _HEADER.pack(_VERSION << 3 | _SERVER, _STRATUM, 6, -20, 0, 0, 0, *moment, *asked, *moment, *moment)
