"""The registry of a lab, under the names and at the port of the internet's registries, asked by the real helm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.addresses import INTERNET, NAMES
from lab.namespace import own_processes, private_internet
from lab.services.chart_reference import charts
from tests.lab.services.tools import material, program
from tests.trees.reading import ROOT
from tree import files

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("registry")]
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
SOURCES = ("cert-manager", "external-secrets", "flux-operator")


@pytest.fixture(scope="module", params=["helm", "helm4"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenario saw with one of helm's two major versions."""
    folder = tmp_path_factory.mktemp(request.param)
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in NAMES.items()))
    sources = [f"{name}={material(name)}" for name in SOURCES]
    programs = (str(program("registry")), str(program(request.param)))
    inside = (sys.executable, "-m", "tests.lab.services.scenario_registry", str(folder), *programs, *sources)
    argv = private_internet(own_processes(inside), (INTERNET,), hosts)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return found


def test_all_charts_of_the_tree_are_there(seen: dict[str, Any]) -> None:
    """As many charts are pushed as the tree refers to."""
    assert seen["charts"] == len(charts(files.read(ROOT, "kubernetes/main")))


def test_charts_of_all_hosts_are_pulled_by_helm(seen: dict[str, Any]) -> None:
    """oci://quay.io, oci://ghcr.io and oci://mirror.gcr.io lead here, trusted by the lab's CA."""
    for name, pulled in seen["pulled"].items():
        assert pulled["exit code"] == 0, pulled["said"]
        (file,) = pulled["files"]
        assert Path(file).name.startswith(f"{name}-")


def test_another_version_is_not_there(seen: dict[str, Any]) -> None:
    """A version that the tree does not name is not found, as on the internet."""
    assert seen["absent"]["exit code"] != 0
    assert "not found" in seen["absent"]["said"]


def test_without_the_labs_ca_nobody_trusts_it(seen: dict[str, Any]) -> None:
    """The certificate is the lab's own, and good for nothing outside."""
    assert seen["without ca"]["exit code"] != 0
    assert "certificate" in seen["without ca"]["said"]


def test_a_chart_has_the_layer_that_flux_selects(seen: dict[str, Any]) -> None:
    """OCIRepositories of the trees select the layer by its media type."""
    (layer,) = seen["manifests"]["cilium/charts/cilium/manifests/1.20.1"]["layers"]
    assert layer["mediaType"] == CHART


def test_flux_is_installed_from_an_artifact_of_this_registry(seen: dict[str, Any]) -> None:
    """The manifests that the FluxInstance names are there, in one layer."""
    found = seen["manifests"]["controlplaneio-fluxcd/flux-operator-manifests/manifests/v0.58.1"]
    assert len(found["layers"]) == 1
    assert found["layers"][0]["size"] > 100_000


def test_digests_are_the_same_every_time(seen: dict[str, Any]) -> None:
    """Filling it again changes nothing: what is packed follows from its content alone."""
    assert seen["manifests after a second load"] == seen["manifests"]


def test_it_can_be_stopped_and_comes_back_with_what_it_held(seen: dict[str, Any]) -> None:
    """A registry that is down refuses connections; after it, nothing is lost."""
    assert "connection refused" in seen["stopped"]["said"]
    assert seen["started anew"]["exit code"] == 0
