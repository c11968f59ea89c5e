"""Every file of a tree is YAML, is reached by Flux, and is nobody else's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.trees.reading import CLUSTERS, ROOT, built_from, documents, files, inventory, kustomizations

ALL = [path for cluster in CLUSTERS for path in files(cluster)]


@pytest.mark.parametrize("path", ALL, ids=[str(path.relative_to(ROOT)) for path in ALL])
def test_every_yaml_file_parses_without_repeated_keys(path: Path) -> None:
    """A file that does not parse, or says a key twice, would be found by Flux at 2 a.m."""
    assert documents(path), f"{path} is empty"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_flux_reaches_every_file_from_the_entry_and_every_named_file_exists(cluster: str) -> None:
    """From cluster/ over all Kustomizations, exactly the files of cluster/, apps/ and components/ are built."""
    tree = ROOT / "kubernetes" / cluster
    paths = [tree / "cluster", *(ROOT / doc["spec"]["path"] for _, doc in kustomizations(cluster).values())]
    reached = {file for path in paths for file in built_from(path)}
    written = {file for room in ("cluster", "apps", "components") for file in files(cluster) if room in file.parts}
    assert reached == written


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_flux_syncs_the_entry_of_this_tree_from_the_repository_of_the_inventory(cluster: str) -> None:
    """failure_36: the FluxInstance names the inventory's repository and branch, and a path that exists."""
    (values,) = documents(ROOT / f"kubernetes/{cluster}/apps/flux-system/flux-instance/app/helm/values.yaml")
    sync, git = values["instance"]["sync"], inventory(cluster).git
    assert (sync["url"], sync["ref"]) == (git.url, f"refs/heads/{git.branch}")
    assert sync["path"] == f"kubernetes/{cluster}/cluster"
    assert (ROOT / sync["path"] / "kustomization.yaml").is_file()


def test_the_trees_share_no_file_and_hold_no_link() -> None:
    """DualClusterIsolation: no symlink, and no inode stands in both trees."""
    everything = {cluster: list((ROOT / "kubernetes" / cluster).rglob("*")) for cluster in CLUSTERS}
    assert [path for paths in everything.values() for path in paths if path.is_symlink()] == []
    main, staging = ({path.stat().st_ino for path in everything[cluster] if path.is_file()} for cluster in CLUSTERS)
    assert main.isdisjoint(staging)


@pytest.mark.parametrize(
    ("cluster", "foreign"),
    [
        ("main", re.compile(r"staging|\b10\.12\.\d|\b10\.4[45]\.\d")),
        ("staging", re.compile(r"homelab-main|kubernetes/main|synology|\b10\.11\.\d|\b10\.4[23]\.\d|rook")),
    ],
)
def test_no_tree_speaks_of_the_other_cluster(cluster: str, foreign: re.Pattern[str]) -> None:
    """DualClusterIsolation: vaults, addresses, paths and names of the other cluster stand nowhere in a tree."""
    texts = {path: path.read_text(encoding="utf-8") for path in files(cluster, "*")}
    assert [(path, match[0]) for path, text in texts.items() for match in foreign.finditer(text)] == []


def test_there_is_no_python_below_kubernetes() -> None:
    """The official client has the same import name, so a Python file here would be found in its place."""
    assert list((ROOT / "kubernetes").rglob("*.py")) == []
