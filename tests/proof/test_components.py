"""The table of components leaves nothing out, and calls nothing real that the lab plays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab.contents.workloads import WORKLOADS, Workload
from lab.toolbox.catalog import TOOLS
from lab.toolbox.tool import Binary, Tool
from tests.proof.components import PLAYED, PODS_OF_CHARTS, REAL_PROGRAMS, Component, components
from tests.proof.judging import Row, judged, tool_of
from tests.proof.verdict import NEWER, OLDER, REAL, STAND_IN, UNKNOWN
from tests.proof.versions import ROOT, chart_names, flux_components, trees

ALL = components(trees())
ROWS = {row.name: row for row in (judged(each, trees()) for each in ALL)}
PLAYED_ALWAYS = (
    "Talos, on its machines", "hardware: disks, MACs, power", "kubelet, containerd", "Cilium", "Spegel", "rook-ceph",
    "VolSync", "Services' ClusterIPs", "Services' load balancers", "the API's VIP", "all other pods", "1Password: op",
    "1Password Connect", "ghcr.io, quay.io, docker.io and others", "github.com", "notification-controller",
)  # fmt: skip
"""What is a stand-in in every lab that this repository can make, whatever the data says."""


def missing_programs(tools: Iterable[Tool], table: Iterable[Component]) -> set[str]:
    """Programs of the catalog that no row has."""
    shown = {program for each in table for program in each.programs}
    return {binary.name for tool in tools for binary in tool.binaries} - shown


def wrong_pods(workloads: Mapping[Any, Workload], table: Iterable[Component]) -> set[Any]:
    """Workloads that no row has, or whose row does not have their program, or is a stand-in although they have one."""
    right = {
        owner for each in table for owner in each.pods if owner in workloads and _right(workloads[owner].program, each)
    }
    return set(workloads) - right


def _right(program: str, component: Component) -> bool:
    return bool(component.played_by) != bool(program) and (not program or program in component.programs)


def test_every_program_of_the_catalog_has_a_row() -> None:
    """And one more in the catalog would be noticed."""
    assert missing_programs(TOOLS, ALL) == set()
    more = Tool("spegel", "example.org/spegel", "1.0.0", (Binary("spegel", "example.org/spegel"),))
    assert missing_programs((*TOOLS, more), ALL) == {"spegel"}


def test_every_workload_has_a_row_with_its_own_program() -> None:
    """And one more, one that nothing runs any more, or one whose row is another's would be noticed."""
    assert wrong_pods(WORKLOADS, ALL) == set()
    new, owner = ("kube-system", "spegel"), ("kube-system", "coredns")
    assert wrong_pods({**WORKLOADS, new: Workload("spegel")}, ALL) == {new}
    assert wrong_pods({**WORKLOADS, owner: Workload("")}, ALL) == {owner}
    assert wrong_pods(WORKLOADS, [replace(each, programs=()) for each in ALL if owner in each.pods]) >= {owner}


def test_no_row_has_pods_that_the_lab_does_not_run() -> None:
    """A row that claims a Deployment's pods claims one of the lab's table, and no two rows the same."""
    claimed = [owner for each in ALL for owner in each.pods]
    assert sorted(claimed) == sorted(WORKLOADS)


def test_every_chart_of_the_trees_is_a_stand_in_of_its_own_name() -> None:
    """All charts of both trees are there, and the lab has a folder for each that says that it is a stand-in."""
    for name in chart_names(trees()):
        assert ROWS[f"chart {name}"].verdict == STAND_IN
        assert "stand-in" in (ROOT / "lab" / "charts" / name / "Chart.yaml").read_text()
    assert set(PODS_OF_CHARTS) <= set(chart_names(trees()))
    assert set(PODS_OF_CHARTS.values()) <= set(ROWS)


def test_every_controller_of_flux_has_a_row() -> None:
    """What the FluxInstances ask for is a real program, or a stand-in where the lab has none."""
    for name in flux_components(trees()):
        assert (ROWS[name].verdict == STAND_IN) == (("flux-system", name) not in WORKLOADS), name


@pytest.mark.parametrize("name", PLAYED_ALWAYS)
def test_what_the_lab_plays_is_a_stand_in(name: str) -> None:
    """Machines, kubelet, network, storage and secrets are never called real."""
    assert ROWS[name].verdict == STAND_IN


def test_nothing_else_is_a_stand_in_but_charts() -> None:
    """A stand-in that is added to the data is added above too, and one is not taken away there unseen."""
    found = {row.name for row in ROWS.values() if row.verdict == STAND_IN and not row.name.startswith("chart ")}
    assert found == set(PLAYED_ALWAYS) == {each.name for each in PLAYED}


def test_what_is_called_real_is_a_program_and_nobody_plays_it() -> None:
    """Real, older or newer is only what the catalog builds, or the machine has; what plays a stand-in is a file."""
    assert len(ROWS) == len(ALL)
    for each in ALL:
        real = ROWS[each.name].verdict != STAND_IN
        assert real == (each in REAL_PROGRAMS) == (not each.played_by), each.name
        assert all(tool_of(program) for program in each.programs)
        assert not each.played_by or (ROOT / each.played_by).exists(), each.played_by


def test_nothing_is_no_component() -> None:
    """A row without a program and without a player, or with a program that nobody builds, is a mistake."""
    with pytest.raises(ValueError, match="neither a program nor played"):
        judged(Component("magic"), trees())
    with pytest.raises(LookupError, match="no program magic"):
        judged(Component("magic", programs=("magic",)), trees())
    with pytest.raises(ValueError, match="several versions"):
        judged(Component("two", programs=("etcd", "helm")), trees())


def of(versions: dict[str, str], program: str = "etcd", version: str = "3.6.0", **more: Any) -> Row:
    """The row of a component whose trees name `versions`, in a lab that has `version`."""
    tools = (Tool(program, "example.org/it", version, (Binary(program, "example.org/it"),)),)
    return judged(Component("it", lambda _: versions, (program,), **more), trees(), tools)


@pytest.mark.parametrize(
    ("versions", "shown", "verdict"),
    [
        ({"main": "v3.6.0", "staging": "v3.6.0"}, "v3.6.0", REAL),
        ({"main": "3.6.1", "staging": "3.6.1"}, "3.6.1", OLDER),
        ({"main": "3.5.9", "staging": "3.5.9"}, "3.5.9", NEWER),
        ({"main": "3.6.0"}, "3.6.0 (main)", REAL),
        ({"main": "3.6.0", "staging": "3.7.0"}, "3.6.0 (main), 3.7.0 (staging)", f"{OLDER}, {REAL}"),
        ({}, "none named", UNKNOWN),
    ],
)
def test_rows_follow_the_files(versions: dict[str, str], shown: str, verdict: str) -> None:
    """When a tree's version moves, the verdict moves with it; clusters that differ are both shown."""
    row = of(versions)
    assert (row.in_tree, row.in_lab, row.verdict) == (shown, "3.6.0", verdict)


def test_who_plays_it_decides_whatever_the_versions_say() -> None:
    """The same version makes no stand-in real, and the program that helps is named."""
    row = of({"main": "3.6.0", "staging": "3.6.0"}, played_by="lab/contents")
    assert (row.in_lab, row.verdict) == ("etcd 3.6.0, `lab/contents`", STAND_IN)
