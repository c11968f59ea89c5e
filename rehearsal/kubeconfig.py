"""Kubeconfigs of the rehearsal: what one carries, and what one is read for."""

from __future__ import annotations

from functools import lru_cache

from bootstrap.secret import Secret
from steps.identity import kubeconfig_fingerprint


def kubeconfig(cluster: str, server: str, ca: str) -> str:
    """An admin kubeconfig. ca: base64 of the PEM, as Talos has it in cluster.ca.crt."""
    return f"""apiVersion: v1
kind: Config
clusters:
- name: {cluster}
  cluster:
    server: {server}
    certificate-authority-data: {ca}
users:
- name: admin@{cluster}
  user: {{client-certificate-data: "{ca}", client-key-data: "UkVIRUFSU0FM"}}
contexts:
- name: admin@{cluster}
  context: {{cluster: {cluster}, user: admin@{cluster}, namespace: default}}
current-context: admin@{cluster}
"""


@lru_cache(maxsize=64)
def ca_of(kubeconfig: Secret) -> str:
    """Fingerprint of the CA that a kubeconfig carries. Raises Permanent when it carries none."""
    return kubeconfig_fingerprint(kubeconfig)
