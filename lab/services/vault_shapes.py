"""Made-up values: what they stand for can be seen from their shape, and they open nothing."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable

from tree.reference import Reference

_SHAPES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("_JSON_BASE64", lambda _: connect_credentials()),
    ("DOMAIN", lambda cluster: f"{cluster}.example.org"),
    ("EMAIL", lambda cluster: f"operator@{cluster}.example.org"),
    ("REPOSITORY_BASE", lambda cluster: f"s3:https://s3.example.org/{cluster}"),
    ("URL", lambda cluster: f"https://{cluster}.example.org"),
    ("ACCESS_KEY_ID", lambda _: f"AKIA{base64.b32encode(secrets.token_bytes(10)).decode()}"),
    ("SECRET_ACCESS_KEY", lambda _: base64.b64encode(secrets.token_bytes(30)).decode()),
    ("API_KEY", lambda _: secrets.token_hex(16)),
    ("TOKEN", lambda _: bearer_token()),
    ("USERNAME", lambda _: "operator"),
)
"""End of a field's name, in upper case -> how its value is made for a cluster. First match wins."""


def made_up(reference: Reference, cluster: str) -> str:
    """A value for a reference: by the end of its field's name, else a password."""
    name = reference.field.upper()
    shape = next((make for ending, make in _SHAPES if name.endswith(ending)), None)
    return shape(cluster) if shape else secrets.token_urlsafe(24)


def connect_credentials() -> str:
    """1password-credentials.json as the vault holds it: base64 of JSON, which Connect decodes once more itself
    (1Password/connect-helm-charts#114)."""
    key = {"alg": "A256GCM", "ext": True, "k": secrets.token_urlsafe(32), "key_ops": ["decrypt", "encrypt"],
           "kty": "oct", "kid": secrets.token_hex(13)}  # fmt: skip
    sealed = {
        "cty": "b5+jwk+json",
        "data": secrets.token_urlsafe(96),
        "enc": "A256GCM",
        "iv": secrets.token_urlsafe(12),
    }
    verifier = {"salt": secrets.token_urlsafe(16), "localHash": secrets.token_urlsafe(32)}
    document = {"verifier": verifier, "encCredentials": sealed, "version": "2", "deviceUuid": secrets.token_hex(13),
                "uniqueKey": key}  # fmt: skip
    return base64.b64encode(json.dumps(document).encode()).decode()


def bearer_token() -> str:
    """Three parts of base64, as a JWT has; signed by nobody."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    header = json.dumps({"alg": "ES256", "typ": "JWT"}).encode()
    claims = json.dumps({"iss": "lab", "jti": secrets.token_hex(13)}).encode()
    return ".".join(map(part, (header, claims, secrets.token_bytes(64))))
