"""A cluster's PKI as `talosctl gen secrets` makes it, by the names of the fields that hold it in the vault."""

from __future__ import annotations

import asyncio
import base64
import datetime
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DEADLINE_S = 60.0
_ADMIN = "os:admin"
_ADMIN_DAYS = 365
_KEY_LABEL = "ED25519 PRIVATE KEY"
"""How Talos labels such keys, where the standard label has no algorithm in it."""

FIELDS = {
    "CLUSTER_ID": "cluster.id",
    "CLUSTER_SECRET": "cluster.secret",
    "CLUSTER_TOKEN": "secrets.bootstraptoken",
    "CLUSTER_SECRETBOX_ENCRYPTION_SECRET": "secrets.secretboxencryptionsecret",
    "CLUSTER_CA_CRT": "certs.k8s.crt",
    "CLUSTER_CA_KEY": "certs.k8s.key",
    "CLUSTER_AGGREGATOR_CA_CRT": "certs.k8saggregator.crt",
    "CLUSTER_AGGREGATOR_CA_KEY": "certs.k8saggregator.key",
    "CLUSTER_SERVICE_ACCOUNT_KEY": "certs.k8sserviceaccount.key",
    "CLUSTER_ETCD_CA_CRT": "certs.etcd.crt",
    "CLUSTER_ETCD_CA_KEY": "certs.etcd.key",
    "MACHINE_TOKEN": "trustdinfo.token",
    "MACHINE_CA_CRT": "certs.os.crt",
    "MACHINE_CA_KEY": "certs.os.key",
}
"""Field of the vault -> where talosctl's secrets bundle has it."""


async def pki(talosctl: Path) -> Mapping[str, str]:
    """A new PKI: field -> value; certificates and keys are base64 of PEM. ADMIN_CRT and ADMIN_KEY are the operator's.

    Raises RuntimeError.
    """
    bundle = await _bundle(talosctl)
    found = {name: _at(bundle, path) for name, path in FIELDS.items()}
    certificate, key = admin(_text(found["MACHINE_CA_CRT"]), _text(found["MACHINE_CA_KEY"]))
    return {**found, "ADMIN_CRT": _encoded(certificate), "ADMIN_KEY": _encoded(key)}


def admin(ca: str, ca_key: str) -> tuple[str, str]:
    """PEM of a client certificate of the Talos API and its key. Its organization is its role (Talos' RBAC page)."""
    authority = x509.load_pem_x509_certificate(ca.encode())
    signer = serialization.load_pem_private_key(ca_key.replace(_KEY_LABEL, "PRIVATE KEY").encode(), None)
    if not isinstance(signer, Ed25519PrivateKey):
        raise RuntimeError("the machine CA's key is not an Ed25519 one")
    own = Ed25519PrivateKey.generate()
    now = datetime.datetime.now(datetime.UTC)
    role = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ADMIN)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(role)
        .issuer_name(authority.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_ADMIN_DAYS))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(signer, None)
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = own.private_bytes(pem, form, serialization.NoEncryption()).decode().replace("PRIVATE KEY", _KEY_LABEL)
    return signed.public_bytes(pem).decode(), key


async def _bundle(talosctl: Path) -> Mapping[str, Any]:
    """What `talosctl gen secrets` writes, through a pipe: it is never a file."""
    process = await asyncio.create_subprocess_exec(
        str(talosctl), "gen", "secrets", "--force", "--output-file", "/dev/stdout",
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent"},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_DEADLINE_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"talosctl gen secrets ended with exit code {process.returncode}: {err.decode().strip()}")
    return dict(yaml.safe_load(re.sub(rb"\A.*?(?=^cluster:)", b"", out, flags=re.DOTALL | re.MULTILINE)))


def _at(bundle: Mapping[str, Any], path: str) -> str:
    found: Any = bundle
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise RuntimeError(f"talosctl gen secrets wrote no {path}")
    return found


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
