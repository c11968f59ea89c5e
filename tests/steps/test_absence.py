"""Going without nodes: never below the quorum, and always said."""

from __future__ import annotations

import pytest

from bootstrap.errors import Refused
from inventory.problem import BadInput
from steps.absence import absent_nodes
from tests.steps.harness import bare, cluster_of


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        ((), ()),
        (("k8s-6",), ("k8s-6",)),
        (("k8s-6", "k8s-2"), ("k8s-2", "k8s-6")),
        (("k8s-4", "k8s-5", "k8s-6"), ("k8s-4", "k8s-5", "k8s-6")),
        (("k8s-3", "k8s-3"), ("k8s-3",)),
    ],
)
def test_nodes_that_the_plan_goes_without(names: tuple[str, ...], absent: tuple[str, ...]) -> None:
    """In the inventory's order, each once; all workers may be gone."""
    assert absent_nodes(cluster_of(), names) == absent


@pytest.mark.parametrize("names", [("k8s-1", "k8s-2"), ("k8s-1", "k8s-2", "k8s-3"), ("k8s-3", "k8s-6", "k8s-1")])
def test_below_the_quorum_is_refused(names: tuple[str, ...]) -> None:
    """Two of three control planes are the least."""
    with pytest.raises(Refused, match="etcd needs 2 of them"):
        absent_nodes(cluster_of(), names)


def test_unknown_nodes_are_bad_input() -> None:
    """All at once, with the nearest name, before the quorum is thought of."""
    with pytest.raises(BadInput) as caught:
        absent_nodes(cluster_of(), ("k8s-7", "nuc", "k8s-1", "k8s-2"))
    assert [problem.what for problem in caught.value.problems] == ["there is no node 'k8s-7'", "there is no node 'nuc'"]
    assert caught.value.problems[0].remedy.startswith("did you mean k8s-")


@pytest.mark.parametrize("absent", [("k8s-6",), ("k8s-1",), ("k8s-2", "k8s-5")])
def test_a_bootstrap_without_dead_nodes_names_them(absent: tuple[str, ...]) -> None:
    """Done with exit code 4; etcd has the plan's members, and nothing waited for the dead."""
    scene = bare(absent=absent)
    for name in absent:
        scene.world.machines[name].phase = "off"
    ran = scene.run()
    assert ran.code == 4
    assert ran.result.exceptions == tuple(f"{name} is absent by --without" for name in absent)
    members = ran.evidence("etcd_bootstrapped")["members"]
    assert members == [name for name in ("k8s-1", "k8s-2", "k8s-3") if name not in absent]
    assert ran.done("bootstrap-etcd") == ["k8s-2" if "k8s-1" in absent else "k8s-1"]
    assert len({effect["target"] for effect in ran.effects if effect["what"] == "apply-config"}) == 6 - len(absent)


def test_staging_without_one_of_its_three_control_planes() -> None:
    """All of its nodes are control planes: two are enough."""
    absent = absent_nodes(cluster_of("staging"), (cluster_of("staging").nodes[1].name,))
    scene = bare("staging", absent=absent)
    scene.world.machines[absent[0]].phase = "off"
    assert scene.run().code == 4
