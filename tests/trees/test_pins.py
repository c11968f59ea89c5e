"""ImagePinning: every image has a known digest, every chart a known version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.trees.reading import CLUSTERS, documents, files, flux_releases, helmfile, table

DIGEST = re.compile(r"^(?P<tag>[\w.-]+)@(?P<digest>sha256:[0-9a-f]{64})$")


def images(value: Any) -> Iterator[dict[str, Any]]:
    """What stands under a key `image`, at any depth."""
    if isinstance(value, dict):
        if "image" in value:
            yield value["image"]
        for inner in value.values():
            yield from images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from images(inner)


def images_of(cluster: str) -> list[dict[str, Any]]:
    return [found for path in files(cluster) for doc in documents(path) for found in images(doc)]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_image_has_a_tag_and_a_digest_of_the_table(cluster: str) -> None:
    """A tag can move; a digest that was never published cannot be pulled."""
    known = table("images.tsv")
    found = images_of(cluster)
    assert found, "no image was found: the search is broken"
    for image in found:
        match = DIGEST.match(image["tag"])
        assert match, f"{image['repository']}:{image['tag']} has no digest"
        assert (image["repository"], match["tag"], match["digest"]) in known


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_chart_of_flux_and_helmfile_has_a_version_of_the_table(cluster: str) -> None:
    """A version that was never published ends in a pull error in the middle of a bootstrap."""
    known = {row[:2] for row in table("charts.tsv")}
    asked = {(pinned.chart, pinned.version) for pinned, _, _ in flux_releases(cluster).values()}
    for name in ("00-crds.yaml", "01-apps.yaml"):
        asked |= {(release["chart"], release["version"]) for release in helmfile(cluster, name)}
    assert asked - known == set()


def test_the_tables_hold_nothing_that_no_tree_uses() -> None:
    """A row that nothing uses is a fact that nobody keeps true."""
    asked = {(pinned.chart, pinned.version) for cluster in CLUSTERS for pinned, _, _ in flux_releases(cluster).values()}
    asked |= {(r["chart"], r["version"]) for cluster in CLUSTERS for r in helmfile(cluster, "00-crds.yaml")}
    assert {row[:2] for row in table("charts.tsv")} == asked
    used = {(image["repository"], *image["tag"].split("@")) for cluster in CLUSTERS for image in images_of(cluster)}
    assert table("images.tsv") == used


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_app_template_is_the_chart_of_every_app_that_has_no_vendor_chart(cluster: str) -> None:
    """AppTemplateChart: chart.spec of the HelmRepository bjw-s in flux-system, with the chart's own version."""
    for pinned, path, document in flux_releases(cluster).values():
        if "chart" in document["spec"]:
            assert pinned.chart == "oci://ghcr.io/bjw-s-labs/helm/app-template", path
            assert document["spec"]["chart"]["spec"]["sourceRef"]["namespace"] == "flux-system", path


def test_no_image_floats() -> None:
    """The tag latest stands nowhere in the trees, Flux's own distribution included."""
    texts = {path: path.read_text("utf-8") for cluster in CLUSTERS for path in files(cluster, "*")}
    assert texts
    assert [path for path, text in texts.items() if re.search(r":latest\b", text)] == []
