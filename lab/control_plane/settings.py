"""The API server's configuration files: which pods it admits, and how secrets lie in etcd."""

from __future__ import annotations

from collections.abc import Mapping

import yaml


def admission(pod_security: Mapping[str, object] | None) -> str:
    """pod_security: the machine config's PodSecurityConfiguration."""
    plugins = [] if pod_security is None else [{"name": "PodSecurity", "configuration": dict(pod_security)}]
    kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration"}
    return yaml.safe_dump({**kind, "plugins": plugins})


def encryption(secretbox_secret: str) -> str:
    """Secrets by secretbox, with plain text still readable. secretbox_secret: 32 bytes in base64, or "": none."""
    secretbox = {"secretbox": {"keys": [{"name": "key2", "secret": secretbox_secret}]}}
    providers: list[dict[str, object]] = [{"identity": {}}]
    if secretbox_secret:
        providers.insert(0, dict(secretbox))
    kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration"}
    return yaml.safe_dump({**kind, "resources": [{"resources": ["secrets"], "providers": providers}]})
