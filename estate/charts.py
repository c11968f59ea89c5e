"""Charts: Helm releases of the bootstrap helmfiles, one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from bootstrap.secret import Secret
from estate.kubernetes import Manifest, ObjectRef
from tree.release import Release


@dataclass(frozen=True, slots=True)
class ReleaseStatus:
    """What Helm stores of a release.

    status: "" when there is none, else Helm's word (deployed, failed, pending-install, pending-upgrade, ...).
    version: chart version. applied: the objects of its manifest.
    """

    status: str = ""
    version: str = ""
    revision: int = 0
    applied: tuple[ObjectRef, ...] = ()


class Charts(Protocol):
    async def crds(self, release: Release) -> tuple[Manifest, ...]:
        """Render the release and keep only its CustomResourceDefinitions."""

    async def status(self, release: Release) -> ReleaseStatus:
        """Raises Transient while the API does not answer."""

    async def sync(self, release: Release) -> None:
        """Install or upgrade this one release, without waiting. Never lowers a version."""

    async def repair(self, release: Release) -> str:
        """Clear a pending-* revision that a killed run left. Returns what was done, as a sentence."""

    def changes(self, release: Release) -> AsyncIterator[object]:
        """Yields whenever the release's record may have changed."""


class Helm(Protocol):
    async def connect(self, kubeconfig: Secret) -> Charts:
        """Charts of the cluster of this (already verified) kubeconfig."""
