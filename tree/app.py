"""An app of the tree: one Flux Kustomization below apps/."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class App:
    """name and namespace of the Kustomization; depends_on: others as namespace/name; path: what it applies, relative to
    the root; file: where it is declared. releases: names of the HelmReleases below path. volumes: names of
    PersistentVolumeClaims that are filled from a backup."""

    name: str
    namespace: str
    path: str
    depends_on: tuple[str, ...]
    file: str
    suspended: bool = False
    releases: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
