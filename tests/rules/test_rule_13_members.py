"""Rule 13: a running member's machine config is never changed, no version is ever lowered; drift is shown."""

from __future__ import annotations

import pytest

from bootstrap.events import Satisfied
from inventory.problem import BadInput
from operations.request import selected
from rehearsal.change import upgraded
from rehearsal.faults import Fault
from steps.site import Options
from tests.rules.whole import Play, finished, play

HIGHER = ("v1.12.1", "v1.35.2")


def drifted(*names: str) -> Play:
    """A finished cluster of which somebody changed these nodes by hand, without another version."""
    scene = finished()
    for name in names:
        scene.world.machines[name].digest = "d" * 64
        scene.world.machines[name].config += "# by hand\n"
    return scene


@pytest.mark.parametrize(
    "faults", [(), (Fault("lost-after", "k8s-2", call="apply"), Fault("node-dies", "k8s-2", at=140.0, for_s=60.0))]
)
def test_rule_13_a_machine_is_configured_in_maintenance_mode_only(faults: tuple[Fault, ...]) -> None:
    """Also when the answer to an apply is lost, or the node dies right after it."""
    scene = play(*faults)
    ran = scene.run()
    assert (ran.code, ran.violations) == (0, ())
    assert {effect["before"] for effect in ran.effects if effect["what"] == "apply-config"} == {"maintenance"}


def test_rule_13_drift_is_seen_and_left_alone() -> None:
    """Two nodes were changed by hand: the run is done, says so in its evidence, and touches no machine."""
    ran = drifted("k8s-1", "k8s-5").run()
    assert (ran.code, ran.effects, ran.violations) == (0, (), ())
    drift = {event.step for event in ran.events(Satisfied) if event.evidence.get("drift")}
    assert drift == {"talos_config_applied[k8s-1]", "talos_config_applied[k8s-5]"}


def test_rule_13_drift_is_applied_to_the_node_that_was_named_and_to_no_other() -> None:
    """--apply-drift k8s-5 brings that one back to Git."""
    ran = drifted("k8s-1", "k8s-5").run(options=Options(apply_drift=frozenset({"k8s-5"})))
    assert (ran.code, ran.violations) == (0, ())
    assert ran.done("apply-config") == ["k8s-5"]


def test_rule_13_drift_is_applied_to_one_node_at_a_time() -> None:
    """Two names on one command line are refused: two control planes that reboot at once are two votes."""
    with pytest.raises(BadInput, match="one node at a time"):
        selected((), (), (), (), (), (), ("k8s-1", "k8s-2"), ())
    _, options = selected((), (), (), (), (), (), ("k8s-1",), ())
    assert options.apply_drift == {"k8s-1"}


def test_rule_13_asked_for_drift_lowers_no_version() -> None:
    """The node runs a newer Talos and Kubernetes than Git says: applying Git would lower both."""
    scene = finished()
    upgraded(scene.world, *HIGHER)
    ran = scene.run(options=Options(apply_drift=frozenset({"k8s-4"})))
    assert (ran.code, ran.effects) == (1, ())
    assert "would lower" in ran.failed["talos_config_applied[k8s-4]"]


def test_rule_13_a_release_is_never_lowered() -> None:
    """A newer CoreDNS whose install failed is not replaced by the tree's older one, not even taken back."""
    scene = play()
    assert scene.run(until=("cilium",)).code == 0
    assert scene.run(until=("coredns",)).code == 0
    record = scene.world.releases["kube-system/coredns"]
    record["version"], record["status"] = "99.0.0", "failed"
    ran = scene.run(options=Options(take_back=frozenset({"coredns"})))
    assert (ran.code, ran.done("helm-sync")) == (1, [])
    assert "newer than the tree's" in ran.failed["coredns"]
