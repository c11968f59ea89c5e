"""Kubernetes: objects as dicts, server-side apply, watches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bootstrap.errors import Permanent
from bootstrap.secret import Secret

Manifest = Mapping[str, Any]
"""A Kubernetes object as it stands in JSON."""


@dataclass(frozen=True, slots=True)
class Kind:
    """api_version: "apps/v1", or "v1" for the core group. kind: "Deployment"."""

    api_version: str
    kind: str


@dataclass(frozen=True, slots=True)
class ObjectRef:
    kind: Kind
    name: str
    namespace: str | None = None

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind.kind} {where}{self.name}"


def ref_of(manifest: Manifest) -> ObjectRef:
    """The reference of an object."""
    meta = manifest["metadata"]
    return ObjectRef(Kind(manifest["apiVersion"], manifest["kind"]), meta["name"], meta.get("namespace"))


@dataclass(frozen=True, slots=True)
class ClusterIdentity:
    """What the vault's PKI fixes: Talos' cluster id, and the sha256 (hex) of each CA's DER."""

    cluster_id: str
    ca_fingerprint: str
    talos_ca_fingerprint: str


class Conflict(Permanent):
    """A server-side apply met a field that another manager owns. `manager`: its name, e.g. "kustomize-controller"."""

    def __init__(self, ref: ObjectRef, manager: str) -> None:
        super().__init__(
            f"{ref} is managed by {manager}: a field that we would set is its own",
            f"change it where {manager} reads it; it was handed over and is only verified from now on",
        )
        self.manager = manager


class Kubernetes(Protocol):
    """One connection. Raises Transient while the API does not answer, Permanent by the edge's table."""

    async def get(self, ref: ObjectRef) -> Manifest | None: ...

    async def list(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Manifest]:
        """Objects of a kind (all namespaces when None); empty also when the kind is not served."""

    async def apply(self, manifest: Manifest, *, force: bool = False, dry_run: bool = False) -> Manifest:
        """Server-side apply as field manager "firstlight". A conflict raises Conflict.

        Values inside may be `Secret`s: they are revealed only on the wire."""

    async def serves(self, kind: Kind) -> bool:
        """Whether discovery lists the kind."""

    async def ready(self, address: str) -> str:
        """/readyz of the API server at one address: "" when it answers ok, else a sentence."""

    def changes(self, *kinds: Kind) -> AsyncIterator[object]:
        """Yields whenever an object of one of the kinds may have changed. Survives API restarts."""


class KubernetesApi(Protocol):
    async def connect(self, kubeconfig: Secret, identity: ClusterIdentity) -> Kubernetes:
        """Raises Refused when the CA of the kubeconfig, or of what answers, is not the identity's."""
