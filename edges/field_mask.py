"""What in a machine config is secret, told by the names of its fields, and how text about it is masked. Pure.

The values that the vault gave are known to the caller; those that a machine has now are not, and a diff shows both. So
fields are known by their names (siderolabs/talos, pkg/machinery/config/types: key, token, secret, password, ...), and
PEM and base64 of PEM by their looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from bootstrap.secret import Secret
from edges.redaction import MASK

_NAME = r"[\w.-]*(?:token|secret|password|passphrase|key)[\w-]*|crt|auth|identity"
_HARMLESS = re.compile(r"true|false|\d+|null|~", re.IGNORECASE)
_SENSITIVE = re.compile(_NAME, re.IGNORECASE)
_FIELD = re.compile(
    rf"(?P<lead>^[ +-]*(?:- )?[\"']?(?P<name>{_NAME})[\"']?\s*[:=][ \t]*)(?P<value>[^\s|>{{\[].*)$",
    re.IGNORECASE | re.M,
)
_BLOCK = re.compile(
    rf"(?P<lead>^(?P<pad>[ +-]*)(?:- )?(?P<name>{_NAME}):[ \t]*[|>][-+0-9]*[ \t]*\n)"
    r"(?P<value>(?:[ +-]*(?:\n|[^\n]+\n?))*?)(?=^[ +-]*[\w\"'-]+:|\Z)",
    re.IGNORECASE | re.M,
)
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.S)
_PEM_IN_BASE64 = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]*")
_SHORTEST = 6


def secrets_in(config: str) -> tuple[Secret, ...]:
    """The secret values of a machine config (or of any YAML documents). A text that is no YAML is one secret."""
    try:
        documents = list(yaml.load_all(config, yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError):
        return (Secret(config),)
    found = {value for document in documents for value in _values(document, sensitive=False)}
    return tuple(Secret(value) for value in sorted(found) if len(value) >= _SHORTEST)


def masked(text: str) -> str:
    """Text that may show fields of a machine config, e.g. a diff, without their secret values."""
    without_pem = _PEM_IN_BASE64.sub(MASK, _PEM.sub(MASK, text))
    without_blocks = _BLOCK.sub(_hide_block, without_pem)
    return _FIELD.sub(_hide_field, without_blocks)


def _hide_field(match: re.Match[str]) -> str:
    return match[0] if _HARMLESS.fullmatch(match["value"].strip()) else match["lead"] + MASK


def _hide_block(match: re.Match[str]) -> str:
    return f"{match['lead']}{match['pad']}  {MASK}\n"


def is_sensitive(name: str) -> bool:
    """Whether a field of that name holds a secret."""
    return _SENSITIVE.fullmatch(name) is not None


def _values(node: object, *, sensitive: bool) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _values(value, sensitive=sensitive or is_sensitive(str(name)))
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, sensitive=sensitive)
    elif isinstance(node, str):
        if sensitive or _PEM.search(node) or _PEM_IN_BASE64.search(node):
            yield node
        elif "\n" in node:  # a file that the config brings along
            yield from (match["value"].strip().strip("\"'") for match in _FIELD.finditer(node))
