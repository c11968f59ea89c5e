"""True time by SNTP (RFC 5905, section 14): one question of 48 bytes, one answer."""

from __future__ import annotations

import secrets
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_SINCE_1900_S = 2208988800
_ERA_S = 2**32
_CLIENT, _SERVER, _VERSION, _UNSYNCHRONIZED = 3, 4, 4, 3
_PACKET = struct.Struct("!BBbb11I")


@dataclass(frozen=True, slots=True)
class Answer:
    """offset_s: this computer's clock minus the server's. round_trip_s: half of it bounds the error."""

    offset_s: float
    round_trip_s: float


def ask(server: str, port: int, timeout_s: float, wall: Callable[[], float] = time.time) -> Answer | None:
    """One server's time; None when it does not answer in time, or is not synchronised itself. Blocks."""
    with suppress(OSError):
        for family, kind, protocol, _, address in socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[:1]:
            with socket.socket(family, kind, protocol) as sock:
                sock.settimeout(timeout_s)
                sock.connect(address)  # the kernel drops what others send
                question = secrets.token_bytes(8)  # comes back as it is; a true time would tell what is not asked for
                began, tick = wall(), time.monotonic()
                sock.send(bytes([_VERSION << 3 | _CLIENT]) + bytes(39) + question)
                packet = sock.recv(512)
                return understood(packet, question, began, time.monotonic() - tick)
    return None


def understood(packet: bytes, question: bytes, began: float, elapsed_s: float) -> Answer | None:
    """The answer in a packet; None for one that is not to be believed. began: seconds since 1970 by our clock."""
    if len(packet) < _PACKET.size:
        return None
    first, stratum, *_ = fields = _PACKET.unpack(packet[: _PACKET.size])
    leap, mode = first >> 6, first & 7
    if mode != _SERVER or leap == _UNSYNCHRONIZED or not 1 <= stratum <= 15 or packet[24:32] != question:
        return None  # stratum 0 is a refusal ("kiss of death")
    received, sent = _seconds(*fields[11:13]), _seconds(*fields[13:15])
    offset = ((began - received) + (began + elapsed_s - sent)) / 2
    return Answer(offset, elapsed_s - (sent - received))


def _seconds(whole: int, fraction: int) -> float:
    """Since 1970, of a timestamp in the era that began in 1900 or, for small numbers, in 2036."""
    era = 0 if whole >= _ERA_S // 2 else _ERA_S
    return whole + era - _SINCE_1900_S + fraction / _ERA_S
