"""The smallest etcd snapshot: a bbolt database of one empty bucket, its hash behind it (bbolt: page.go, meta.go)."""

from __future__ import annotations

import hashlib
import struct

_PAGE = 4096
_META, _FREELIST, _LEAF = 0x04, 0x10, 0x02
_BUCKET = 1


def empty_snapshot() -> bytes:
    """Two meta pages, the free list, a root with bucket `meta`; then the sha256 of it, as at the end of snapshots."""
    pages = (_meta(0), _meta(1), _page(2, _FREELIST), _page(3, _LEAF, 1) + _bucket(b"meta"))
    data = b"".join(page.ljust(_PAGE, b"\0") for page in pages)
    return data + hashlib.sha256(data).digest()


def _page(id: int, flags: int, count: int = 0) -> bytes:
    return struct.pack("<QHHI", id, flags, count, 0)


def _bucket(name: bytes) -> bytes:
    """A leaf's element: an empty bucket that stands in the page itself."""
    value = struct.pack("<QQ", 0, 0) + _page(0, _LEAF)
    return struct.pack("<IIII", _BUCKET, 16, len(name), len(value)) + name + value


def _meta(id: int) -> bytes:
    values = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, _PAGE, 0, 3, 0, 2, 4, id)
    return _page(id, _META) + values + struct.pack("<Q", _fnv(values))


def _fnv(data: bytes) -> int:
    """FNV-1a, 64 bits: bbolt's checksum of a meta page."""
    found = 0xCBF29CE484222325
    for byte in data:
        found = ((found ^ byte) * 0x100000001B3) % 2**64
    return found
