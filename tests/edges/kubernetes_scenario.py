"""What a scenario with a real API server is, and how it connects."""

from __future__ import annotations

from typing import Protocol

from bootstrap.secret import Secret
from edges.kubernetes_client import Connection, KubernetesClient
from estate.kubernetes import ClusterIdentity
from tests.edges.kubernetes_server import ADDRESS, Authority, Server

SERVER = f"https://{ADDRESS}:6443"


class Scenario(Protocol):
    __name__: str

    async def __call__(self, server: Server, /) -> None: ...


def identity(authority: Authority) -> ClusterIdentity:
    return ClusterIdentity("id", authority.fingerprint, "unused")


async def connected(server: Server, at: str = SERVER) -> Connection:
    kubeconfig = Secret(server.authority.kubeconfig(at))
    return await KubernetesClient().connect(kubeconfig, identity(server.authority))
