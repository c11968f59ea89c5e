"""Certificates of machines: the server's for each mode, and a whole PKI for a machine that belongs to someone else."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import ssl
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.machine_config import Pki

_YEAR = datetime.timedelta(days=365)
_SKEW = datetime.timedelta(hours=1)
_Key = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def private_key(pem: str) -> _Key:
    """A private key as Talos writes it: its header for Ed25519 is not one that other tools know."""
    key = serialization.load_pem_private_key(pem.replace("ED25519 PRIVATE", "PRIVATE").encode(), None)
    if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"a CA of Talos does not sign with {type(key).__name__}")
    return key


def _pem(key: ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(common: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else parts)


def _builder(subject: x509.Name, issuer: x509.Name, key: ed25519.Ed25519PrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _YEAR)
    )


def _alternative(names: Iterable[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names) if name])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def new_ca(organization: str) -> Pki:
    """A CA of its own, Ed25519 as Talos makes them."""
    key, name = ed25519.Ed25519PrivateKey.generate(), _name("", organization)
    usage = x509.BasicConstraints(ca=True, path_length=None)
    identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    built = _builder(name, name, key).add_extension(usage, critical=True).add_extension(identity, critical=False)
    crt = built.sign(key, None)
    return Pki(crt.public_bytes(serialization.Encoding.PEM).decode(), _pem(key).decode())


def client_certificate(ca: Pki, role: str) -> Pki:
    """A client's certificate and key. role: such as "os:admin"."""
    key, issuer = ed25519.Ed25519PrivateKey.generate(), x509.load_pem_x509_certificate(ca.crt.encode())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    built = _builder(_name("", role), issuer.subject, key).add_extension(usage, critical=False)
    return Pki(_signed(built, ca).public_bytes(serialization.Encoding.PEM).decode(), _pem(key).decode())


def _signed(builder: x509.CertificateBuilder, ca: Pki) -> x509.Certificate:
    """Names its issuer's key, too: by name alone one cluster's CA could be taken for another's."""
    key = private_key(ca.key)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    try:
        extensions = x509.load_pem_x509_certificate(ca.crt.encode()).extensions
        identity = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return builder.sign(key, digest)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identity)
    return builder.add_extension(issuer, critical=False).sign(key, digest)


def maintenance_context(folder: Path, names: Iterable[str]) -> ssl.SSLContext:
    """TLS of the maintenance service: signed by itself, and it asks for no client certificate."""
    key, name = ed25519.Ed25519PrivateKey.generate(), _name("maintenance-service.talos.dev")
    crt = _builder(name, name, key).add_extension(_alternative(names), critical=False).sign(key, None)
    return _context(folder, crt, key)


def secure_context(folder: Path, ca: Pki, name: str, names: Iterable[str]) -> ssl.SSLContext:
    """TLS of a configured machine: its CA signs both sides. ca: with its key."""
    key, issuer = ed25519.Ed25519PrivateKey.generate(), x509.load_pem_x509_certificate(ca.crt.encode())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    built = _builder(_name(name), issuer.subject, key).add_extension(_alternative(names), critical=False)
    context = _context(folder, _signed(built.add_extension(usage, critical=False), ca), key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca.crt)
    return context


def _context(folder: Path, crt: x509.Certificate, key: ed25519.Ed25519PrivateKey) -> ssl.SSLContext:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / "apid.pem"
    kept.touch(mode=0o600)
    kept.write_bytes(_pem(key) + crt.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kept)
    context.set_alpn_protocols(["h2"])
    return context


def fingerprint(pem: str) -> str:
    """What tells one CA from another, whatever the text around it."""
    return base64.b64encode(x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256())).decode()
