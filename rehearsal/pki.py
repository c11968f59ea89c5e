"""Made-up values for a vault: they have the shape of real ones, and open nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import lru_cache
from hashlib import shake_256

from tree.reference import Reference


@lru_cache(maxsize=4096)
def value_of(reference: Reference, pki: str = "first") -> str:
    """What the vault holds under a reference: the same in every world. pki: another word gives other values.

    Certificates and keys are base64 of PEM, as `talosctl gen secrets` writes them; 1Password Connect's credentials are
    base64 of JSON, which Connect decodes once more (1Password/connect-helm-charts#114).
    """
    seed = f"{pki}/{reference.vault}/{reference.item}/{reference.section}/{reference.field}".lower()
    field = reference.field.upper()
    if field.endswith("_CRT"):
        return _pem("CERTIFICATE", seed)
    if field.endswith("_KEY") and not field.startswith("API"):
        return _pem("ED25519 PRIVATE KEY", seed)
    if field.endswith("_JSON_BASE64"):
        return _text(json.dumps({"version": "2", "verifier": _hex(seed, 16)}).encode())
    if field == "CLUSTER_ID":
        return _text(shake_256(seed.encode()).digest(32))
    if field.endswith("DOMAIN"):
        return f"home-{_hex(seed, 4)}.example.org"
    return _hex(seed, 24)


def _pem(label: str, seed: str) -> str:
    body = _text(shake_256(seed.encode()).digest(180))
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return _text("\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode())


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _hex(seed: str, size: int) -> str:
    return shake_256(seed.encode()).hexdigest(size)
