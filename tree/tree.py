"""A cluster's tree as one value: everything of it that the bootstrap needs, read and checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tree.app import App
from tree.reference import Reference
from tree.release import Release


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """A node's rendered base config and its patch, YAML text in which op:// references still stand."""

    base: str
    patch: str


@dataclass(frozen=True, slots=True)
class Tree:
    """path: relative to the root, e.g. kubernetes/main. configs: by node name. talosconfig, resources: rendered text
    with references. references: every reference -> the places ("file:line") that use it. crds: releases of
    00-crds.yaml. releases: releases of 01-apps.yaml, in file order. apps: the Flux Kustomizations below apps/. digest:
    SHA-256 of all files of the tree and of .minijinja.toml, in hexadecimal.
    """

    path: str
    configs: Mapping[str, NodeConfig]
    talosconfig: str
    resources: str
    references: Mapping[Reference, tuple[str, ...]]
    crds: tuple[Release, ...]
    releases: tuple[Release, ...]
    apps: tuple[App, ...]
    digest: str
