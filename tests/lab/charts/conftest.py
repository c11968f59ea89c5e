"""Unpacked stand-ins, one folder a version, for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.charts.releases import Release, unpacked

_SMALL = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: examples.example.org
"""


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Release], Path]:
    """The folder of a release's chart, with the real definitions."""
    root = tmp_path_factory.mktemp("charts")
    return lambda each: unpacked(each.chart, each.version, root / f"{each.chart}-{each.version}")


@pytest.fixture(scope="session")
def small_chart(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Release], Path]:
    """The same, with one small definition instead of the megabytes that are taken from sources."""
    root = tmp_path_factory.mktemp("small")
    for folder in ("deploy/crds", "config/crds/bases", "config/crd/bases"):
        (root / "sources" / folder).mkdir(parents=True)
        (root / "sources" / folder / "small.yaml").write_text(_SMALL)

    def taken(_: str) -> Path:
        return root / "sources"

    return lambda each: unpacked(each.chart, each.version, root / f"{each.chart}-{each.version}", taken)
