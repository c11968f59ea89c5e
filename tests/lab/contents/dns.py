"""One DNS question over UDP or TCP, and the addresses of its answer (RFC 1035)."""

from __future__ import annotations

import socket
import struct


def addresses(server: str, name: str, *, tcp: bool = False) -> list[str]:
    """The A records of `name`. Raises OSError when nothing answers within some seconds."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack(">HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
    return _records(_by_tcp(server, question) if tcp else _by_udp(server, question), len(question))


def _by_udp(server: str, question: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.settimeout(5)
        plug.sendto(question, (server, 53))
        return plug.recv(4096)


def _by_tcp(server: str, question: bytes) -> bytes:
    with socket.create_connection((server, 53), timeout=5) as plug:
        plug.sendall(struct.pack(">H", len(question)) + question)
        stream = plug.makefile("rb")
        (size,) = struct.unpack(">H", stream.read(2))
        return stream.read(size)


def _records(answer: bytes, offset: int) -> list[str]:
    (count,) = struct.unpack(">H", answer[6:8])
    found = []
    for _ in range(count):
        while answer[offset] and answer[offset] < 0xC0:  # a name's labels, until a pointer or the root
            offset += answer[offset] + 1
        offset += 2 if answer[offset] >= 0xC0 else 1
        kind, _, _, size = struct.unpack(">HHIH", answer[offset : offset + 10])
        if kind == 1:
            found.append(socket.inet_ntoa(answer[offset + 10 : offset + 10 + size]))
        offset += 10 + size
    return found
