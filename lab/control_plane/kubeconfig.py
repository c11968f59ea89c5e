"""A kubeconfig with everything in it."""

from __future__ import annotations

from base64 import b64encode

import yaml

from lab.machine_config import Pki


def kubeconfig(cluster: str, server: str, ca_crt: str, user: str, pair: Pki) -> str:
    """One cluster, one user, one context, named `user@cluster` as Talos does. server: URL. Has the user's key."""
    context = f"{user}@{cluster}"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": cluster, "cluster": {"server": server, "certificate-authority-data": _base64(ca_crt)}}
            ],
            "users": [
                {
                    "name": context,
                    "user": {"client-certificate-data": _base64(pair.crt), "client-key-data": _base64(pair.key)},
                }
            ],
            "contexts": [{"name": context, "context": {"cluster": cluster, "namespace": "default", "user": context}}],
            "current-context": context,
        },
        sort_keys=False,
    )


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
