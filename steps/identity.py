"""Identity: what the vault's PKI fixes about a cluster, and what a kubeconfig or machine says about itself. Pure.

A CA's fingerprint is the sha256 of its certificate's DER, in hex, as `openssl x509 -fingerprint -sha256` shows it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

import yaml

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from estate.kubernetes import ClusterIdentity
from inventory.model import Identity
from tree.reference import Reference, parsed

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----(?P<body>[^-]*\S[^-]*)-----END CERTIFICATE-----")


def identity_of(identity: Identity, values: Mapping[Reference, Secret]) -> ClusterIdentity:
    """The identity that the vault gives. Raises Permanent when a CA is no base64 text."""
    return ClusterIdentity(
        cluster_id=values[parsed(identity.cluster_id)].reveal(),
        ca_fingerprint=fingerprint(values[parsed(identity.kubernetes_ca)].reveal(), identity.kubernetes_ca),
        talos_ca_fingerprint=fingerprint(values[parsed(identity.talos_ca)].reveal(), identity.talos_ca),
    )


@lru_cache(maxsize=64)
def fingerprint(encoded: str, place: str) -> str:
    """sha256 of the first certificate's DER inside base64(PEM), as Talos and kubeconfigs carry certificates.

    `place` names it in errors. Raises Permanent for anything else, an empty value and a key above all: two clusters
    without a CA would have the same fingerprint.
    """
    try:
        return hashlib.sha256(_der(base64.b64decode(encoded, validate=True))).hexdigest()
    except (binascii.Error, ValueError) as error:
        raise Permanent(
            f"{place} is no certificate in base64",
            "store base64 of the PEM file, on one line, as `talosctl gen secrets` writes it",
        ) from error


@lru_cache(maxsize=8)
def kubeconfig_fingerprint(kubeconfig: Secret) -> str:
    """The CA fingerprint of a kubeconfig's first cluster. Raises Permanent when there is none."""
    try:
        document = yaml.load(kubeconfig.reveal(), yaml.CSafeLoader)
        encoded = document["clusters"][0]["cluster"]["certificate-authority-data"]
    except (yaml.YAMLError, ValueError, KeyError, IndexError, TypeError):
        encoded = ""
    if not isinstance(encoded, str) or not encoded:
        raise Permanent("the kubeconfig carries no CA", "delete the file: the next run fetches it anew")
    return fingerprint(encoded, "the CA of the kubeconfig")


def _der(data: bytes) -> bytes:
    found = _CERTIFICATE.search(data)
    if found is None:
        raise ValueError("no PEM certificate")
    return base64.b64decode(b"".join(found["body"].split()), validate=True)
