"""A cheap look at a machine's Talos port: whether anybody answers, and by which certificate. No process is started.

apid and the maintenance API both speak TLS on TCP 50000 with ALPN h2 (siderolabs/talos, pkg/machinery/constants). The
one's certificate is signed by the cluster's OS CA, the other's by itself, made anew at each boot.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import ssl
from contextlib import suppress
from dataclasses import dataclass

import yaml

from bootstrap.errors import Permanent
from bootstrap.secret import Secret

PORT = 50000
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    """trusted: the certificate is signed by our CA. fingerprint: sha256 of its public key (SubjectPublicKeyInfo) in
    base64, as `talosctl --cert-fingerprint` takes it; it is another one after each boot."""

    trusted: bool
    fingerprint: str


def authority(talosconfig: Secret) -> ssl.SSLContext:
    """Trusts what the OS CA of a talosconfig signed, and nothing else. Raises Permanent when it has none."""
    try:
        document = yaml.load(talosconfig.reveal(), yaml.CSafeLoader)
        context = document["contexts"][document["context"]]
        certificate = base64.b64decode(context["ca"], validate=True).decode()
        trust = _client(ssl.create_default_context(cadata=certificate))
    except (yaml.YAMLError, ValueError, KeyError, TypeError, binascii.Error, ssl.SSLError):
        raise Permanent(
            "the talosconfig has no context with a CA certificate in base64",
            "mend talos/talosconfig.j2 or the vault's Talos CA, then run the same command again",
        ) from None
    return trust


def _client(context: ssl.SSLContext) -> ssl.SSLContext:
    context.check_hostname = False  # a machine is known by its MAC or its CA, not by a name
    context.set_alpn_protocols(["h2"])
    return context


def _anyone() -> ssl.SSLContext:
    context = _client(ssl.create_default_context())
    context.verify_mode = ssl.CERT_NONE
    return context


async def probe(address: str, trust: ssl.SSLContext, *, port: int = PORT) -> Answer | None:
    """Who answers there; None when nobody does within some seconds."""
    try:
        certificate = await _certificate(address, port, trust)
    except ssl.SSLCertVerificationError:
        certificate = b""
    except (OSError, TimeoutError):
        return None
    if certificate:
        return Answer(True, spki_fingerprint(certificate))
    with suppress(OSError, TimeoutError):
        return Answer(False, spki_fingerprint(await _certificate(address, port, _anyone())))
    return None


async def _certificate(address: str, port: int, context: ssl.SSLContext) -> bytes:
    async with asyncio.timeout(_PATIENCE_S):
        _, writer = await asyncio.open_connection(address, port, ssl=context, ssl_handshake_timeout=_PATIENCE_S)
    tls = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    return bytes(tls.getpeercert(binary_form=True) or b"")


def spki_fingerprint(certificate: bytes) -> str:
    """sha256 in base64 of the SubjectPublicKeyInfo of a certificate in DER; "" when it cannot be found.

    Certificate ::= SEQUENCE { tbs ::= SEQUENCE { [0] version OPTIONAL, serial, algorithm, issuer, validity, subject,
    subjectPublicKeyInfo, ... }, ... } (RFC 5280, section 4.1).
    """
    try:
        tbs = _inside(_inside(certificate))
        fields = list(_fields(tbs))
    except (IndexError, ValueError):
        return ""
    first = 1 if fields and fields[0][0] == 0xA0 else 0
    if len(fields) <= first + 5:
        return ""
    return base64.b64encode(hashlib.sha256(fields[first + 5]).digest()).decode()


def _inside(data: bytes) -> bytes:
    start, end = _bounds(data, 0)
    return data[start:end]


def _fields(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        _, end = _bounds(data, at)
        found.append(data[at:end])
        at = end
    return found


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER element at `at` begins and ends."""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size]), start + size
    if start + length > len(data):
        raise ValueError("cut short")
    return start, start + length
