"""What the real Flux takes from the lab's registry, as main's tree names it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from lab.addresses import INTERNET, NAMES
from lab.namespace import own_processes, private_internet
from tests.lab.services.tools import material, program
from tests.trees.reading import ROOT

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("charts by Flux")]
SOURCES = ("cert-manager", "external-secrets", "flux-operator")
PROGRAMS = {
    "registry": "registry",
    "helm": "helm",
    "operator": "flux-operator",
    "source-controller": "source-controller",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenario saw; it is played once."""
    folder = tmp_path_factory.mktemp("flux")
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in NAMES.items()))
    given = [f"{name}={program(tool)}" for name, tool in PROGRAMS.items()]
    given += [f"{name}={material(name)}" for name in SOURCES]
    inside = (sys.executable, "-m", "tests.lab.charts.scenario_flux", str(folder), *given)
    argv = private_internet(own_processes(inside), (INTERNET,), hosts)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return found


def test_helm_installs_from_the_registry(seen: dict[str, Any]) -> None:
    """Both charts are installed with the tree's values, straight from oci://ghcr.io."""
    for installed in seen["installed"]:
        assert installed["exit code"] == 0, installed["said"]


def test_the_operator_takes_the_manifests_of_the_tree(seen: dict[str, Any]) -> None:
    """The FluxInstance's artifact is pulled, and Flux's definitions come from it."""
    assert seen["fetched"]
    assert "oci://ghcr.io/controlplaneio-fluxcd/flux-operator-manifests:v0.58.1" in seen["fetched"][0]
    assert seen["definition"] == "helmcharts.source.toolkit.fluxcd.io"


def test_an_oci_repository_of_the_tree_becomes_ready(seen: dict[str, Any]) -> None:
    """source-controller pulls the layer that the tree's layerSelector names."""
    assert seen["oci repository"]["artifact"]["revision"].startswith("1.20.1@sha256:"), seen["oci repository"]


def test_a_chart_of_the_trees_helm_repository_becomes_ready(seen: dict[str, Any]) -> None:
    """app-template comes from the HelmRepository of type oci."""
    assert seen["chart"]["artifact"]["revision"] == "5.1.0", seen["chart"]
