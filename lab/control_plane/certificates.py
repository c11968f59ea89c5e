"""Certificates that a CA of the machine config issues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from lab.machine_config import Pki

SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
PEER = (*SERVER, *CLIENT)

CaKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is for, and what it may be used for."""

    common_name: str
    organization: str = ""
    usages: tuple[ObjectIdentifier, ...] = CLIENT
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def issue(ca: Pki, subject: Subject, days: int = 365) -> Pki:
    """A certificate with a key of its own: RSA where the CA's is, else P-256 (as Talos does it)."""
    ca_key, ca_crt = private_key(ca.key), x509.load_pem_x509_certificate(ca.crt.encode())
    key = _new_key(ca_key)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(ca_crt.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(subject.usages), critical=False)
        .add_extension(_authority(ca_crt), critical=False)
    )
    if alternatives := _alternatives(subject):
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    digest = None if isinstance(ca_key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(ca_key, digest)
    return Pki(crt=certificate.public_bytes(Encoding.PEM).decode(), key=_pem(key))


def _authority(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """The CA's own word for its key: it is no SHA-1 of it where Go made the CA, and OpenSSL compares the two."""
    try:
        known = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known.value)


def private_key(pem: str) -> CaKey:
    """A key as Talos writes it. Its header of Ed25519 keys is one that Python does not know."""
    key = load_pem_private_key(pem.replace("ED25519 PRIVATE KEY", "PRIVATE KEY").encode(), password=None)
    if not isinstance(key, CaKey):
        raise ValueError(f"a CA's key is EC, RSA or Ed25519, not {type(key).__name__}")
    return key


def public_key(pem: str) -> str:
    """The public half of a private key, as PEM."""
    return private_key(pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def distinct_addresses(values: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Subject alternative names, sorted into (names, addresses), each once, in their order."""
    names: dict[str, None] = {}
    addresses: dict[str, None] = {}
    for value in filter(None, values):
        (addresses if _is_address(value) else names)[value] = None
    return tuple(names), tuple(addresses)


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _name(subject: Subject) -> x509.Name:
    organization = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.organization)] if subject.organization else []
    return x509.Name([*organization, x509.NameAttribute(NameOID.COMMON_NAME, subject.common_name)])


def _alternatives(subject: Subject) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in subject.names]
    return names + [x509.IPAddress(ip_address(address)) for address in subject.addresses]


def _new_key(ca_key: CaKey) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if isinstance(ca_key, rsa.RSAPrivateKey):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
