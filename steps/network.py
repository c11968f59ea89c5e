"""Which releases bring the cluster's network: nodes are Ready after them, and nothing that they need waits for that."""

from __future__ import annotations

from collections.abc import Sequence

from steps.release import release_name
from steps.release_gates import is_cilium
from tree.release import Release


def network(releases: Sequence[Release]) -> tuple[str, ...]:
    """Steps after which nodes have a network: Cilium's, or, in a tree without it, of all releases without needs."""
    cilium = [release for release in releases if is_cilium(release)]
    return tuple(release_name(r.name) for r in cilium or [release for release in releases if not release.needs])


def base(releases: Sequence[Release], release: Release) -> tuple[str, ...]:
    """What a release needs beside other releases. Ready nodes, if it needs releases and Cilium does not need it.

    In a tree without Cilium nobody knows which release makes nodes Ready, so that none may wait for that.
    """
    first = ("resources_applied", "crds_applied", "node_registered")
    cilium = [found.name for found in releases if is_cilium(found)]
    waits = bool(release.needs and cilium) and release.name not in _upstream(releases, cilium)
    return (*first, "node_ready") if waits else first


def _upstream(releases: Sequence[Release], names: Sequence[str]) -> set[str]:
    needs = {release.name: release.needs for release in releases}
    found, todo = set(names), list(names)
    while todo:
        new = set(needs[todo.pop()]) - found
        found |= new
        todo += new
    return found
