"""The web CA of one lab: what https is trusted by inside. Made anew for each; its key is never in a file."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID = datetime.timedelta(days=365)
_EARLIER = datetime.timedelta(days=1)


class WebCa:
    """bundle: where the CA's certificate goes, alone: nothing else can be reached. folder: of the leaves, 0700."""

    def __init__(self, bundle: Path, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("Firstlight lab")
        certificate = (
            _begun(self._name, self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def leaf(self, names: Sequence[str], addresses: Sequence[str] = ()) -> tuple[Path, Path]:
        """Certificate and key (0600) of a server with these names and addresses: PEM files, the same for the same."""
        of = hashlib.sha256(repr((tuple(names), tuple(addresses))).encode()).hexdigest()[:16]
        certificate, key = self._folder / f"{of}.crt", self._folder / f"{of}.key"
        if not certificate.exists():
            self._make(names, addresses, certificate, key)
        return certificate, key

    def _make(self, names: Sequence[str], addresses: Sequence[str], certificate: Path, key: Path) -> None:
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.SubjectAlternativeName(
            [*map(x509.DNSName, names), *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses)]
        )
        signed = (
            _begun(_named([*names, *addresses][0]), self._name, own.public_key())
            .add_extension(subject, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(
                own.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    named = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    valid = named.not_valid_before(now - _EARLIER).not_valid_after(now + _VALID)
    return valid.serial_number(x509.random_serial_number())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
