"""The Kubernetes edge against a real API server, in a private network of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.namespace import own_processes, private_internet
from tests.edges.kubernetes_scenarios import SCENARIOS
from tests.edges.kubernetes_server import RANGES
from tests.lab.services.tools import program

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("Kubernetes edge")]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of all scenarios, run one after the other by one API server."""
    scenarios = [sys.executable, "-m", "tests.edges.kubernetes_scenarios", str(tmp_path_factory.mktemp("api"))]
    argv = private_internet(own_processes(scenarios), RANGES)
    folders = [str(program(name).parent) for name in ("etcd", "kube-apiserver")]
    env = {**os.environ, "PATH": os.pathsep.join([*folders, os.environ["PATH"]])}
    ran = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("scenario", [scenario.__name__ for scenario in SCENARIOS])
def test_scenario(results: dict[str, str], scenario: str) -> None:
    """Each is described where it is written, in kubernetes_scenarios.py."""
    assert results[scenario] == "", results[scenario]
