"""What the clusters' files name as versions: the inventory, the charts and the values of both trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from edges.workstation_tools import GIT, wanted_tools
from inventory.load import load_all
from inventory.model import Cluster
from lab.services.chart_reference import Reference, charts, flux_manifests
from tree import files

ROOT = Path(__file__).parents[2]
BROUGHT_BY_TALOS = {"v1.11.5": {"etcd": "v3.6.5"}}
"""Versions that a Talos installs where the machine config names none (Talos' pkg/machinery/constants)."""

Versions = Mapping[str, str]
"""By cluster; clusters whose files name none are left out."""


@dataclass(frozen=True, slots=True)
class Trees:
    """clusters: of the inventory, by name. files, charts: of their trees, by name."""

    clusters: Mapping[str, Cluster]
    files: Mapping[str, files.Files]
    charts: Mapping[str, tuple[Reference, ...]]


@cache
def trees() -> Trees:
    """Of this repository."""
    clusters = load_all(ROOT)
    contents = {name: files.read(ROOT, cluster.tree) for name, cluster in clusters.items()}
    return Trees(clusters, contents, {name: charts(content) for name, content in contents.items()})


def none(_: Trees) -> Versions:
    return {}


def talos(found: Trees) -> Versions:
    return {name: cluster.talos.version for name, cluster in found.clusters.items()}


def kubernetes(found: Trees) -> Versions:
    return {name: cluster.kubernetes.version for name, cluster in found.clusters.items()}


def etcd(found: Trees) -> Versions:
    brought = {name: BROUGHT_BY_TALOS.get(version, {}).get("etcd", "") for name, version in talos(found).items()}
    return {name: version for name, version in brought.items() if version}


def chart(wanted: str, found: Trees) -> Versions:
    """Of the chart of this name."""
    return {
        name: reference.version
        for name, references in found.charts.items()
        for reference in references
        if reference.name == wanted
    }


def chart_names(found: Trees) -> tuple[str, ...]:
    """Of all charts of both trees, sorted."""
    return tuple(sorted({reference.name for references in found.charts.values() for reference in references}))


def coredns_image(found: Trees) -> Versions:
    """The tag of CoreDNS' own image, without the digest."""
    values = _values(found, "apps/kube-system/coredns/app/helm/values.yaml")
    return {name: str(each["image"]["tag"]).partition("@")[0] for name, each in values.items()}


def flux_distribution(found: Trees) -> Versions:
    """What the FluxInstance asks for: a range."""
    return {name: str(each["instance"]["distribution"]["version"]) for name, each in _flux(found).items()}


def flux_artifact(found: Trees) -> Versions:
    """The tag of the manifests from which the operator installs Flux."""
    tags = {name: [ref.version for ref in flux_manifests(content)] for name, content in found.files.items()}
    return {name: tag for name, all_tags in tags.items() for tag in all_tags if tag != "latest"}


def flux_components(found: Trees) -> frozenset[str]:
    """The controllers that the trees' FluxInstances have."""
    return frozenset(component for each in _flux(found).values() for component in each["instance"]["components"])


def wanted_tool(wanted: str, found: Trees) -> Versions:
    """What a run wants of a tool on the operator's computer: `>= 1.2`."""
    return {
        name: tool.words
        for name, version in talos(found).items()
        for tool in (*wanted_tools(version), GIT)
        if tool.name == wanted
    }


def _flux(found: Trees) -> Mapping[str, Any]:
    return _values(found, "apps/flux-system/flux-instance/app/helm/values.yaml")


def _values(found: Trees, path: str) -> Mapping[str, Any]:
    return {
        name: yaml.safe_load(found.files[name][f"{cluster.tree}/{path}"])
        for name, cluster in found.clusters.items()
        if f"{cluster.tree}/{path}" in found.files[name]
    }
