"""The Corefile that is rendered from a tree's values, as the real CoreDNS takes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.namespace import own_processes, private_internet
from tests.lab.charts.releases import Release, one, release, rendered
from tests.lab.services.tools import program
from tests.trees.reading import CLUSTERS, ROOT

EXPECTED = """dns://.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus 0.0.0.0:9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}"""


def corefile(cluster: str, chart: Callable[[Release], Path]) -> str:
    each = release(cluster, "coredns")
    text = one(rendered(each, chart(each)), "ConfigMap", "coredns")["data"]["Corefile"]
    assert isinstance(text, str)
    return text


def started(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """CoreDNS with this Corefile, in a network of its own."""
    file = folder / "Corefile"
    file.write_text(text)
    inside = (sys.executable, "-m", "tests.lab.charts.scenario_corefile", str(program("coredns")), str(file))
    argv = private_internet(own_processes(inside), ())
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_it_says_what_the_values_say(cluster: str, chart: Callable[[Release], Path]) -> None:
    """Zones, plugins, parameters and blocks stand in it in their order."""
    assert corefile(cluster, chart).strip() == EXPECTED


@pytest.mark.needs("a private network")
def test_the_real_coredns_takes_it(chart: Callable[[Release], Path], tmp_path: Path) -> None:
    """With it CoreDNS becomes healthy and answers at port 53."""
    done = started(corefile("main", chart), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.needs("a private network")
def test_a_wrong_one_would_be_noticed(chart: Callable[[Release], Path], tmp_path: Path) -> None:
    """The test above can fail: an unknown plugin ends CoreDNS."""
    done = started(corefile("main", chart).replace("loadbalance", "unheardof"), tmp_path)
    assert done.returncode != 0
    assert "unheardof" in done.stdout + done.stderr
