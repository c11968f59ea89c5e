"""Machine configs: all judged before one is applied (rule 11), and none changed on a member that runs (rule 13)."""

from __future__ import annotations

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.verdict import Holds, Never, NotYet
from rehearsal.faults import Fault, inject
from steps.site import Options
from tests.steps.harness import Scene, answering, bare, connected, finished


def drifted(*names: str, **options: frozenset[str]) -> Scene:
    """A finished cluster of which some nodes run with another config than Git's."""
    scene = finished(options=Options(**options))
    for name in names:
        machine = scene.world.machines[name]
        machine.digest, machine.config = "0" * 64, machine.config.replace(name, "edited")
    return scene


def test_drift_of_a_running_member_is_shown_and_never_applied() -> None:
    """The run is done, its evidence says what differs, and no machine was told anything."""
    scene = drifted("k8s-2", "k8s-5")
    ran = scene.run()
    assert ran.code == 0
    assert ran.effects == ()
    drift = {node: ran.evidence(f"talos_config_applied[{node}]")["drift"] for node in scene.world.machines}
    assert {node for node, differs in drift.items() if differs} == {"k8s-2", "k8s-5"}


def test_drift_is_applied_to_the_node_that_was_named() -> None:
    """To that one, once; the other keeps its own."""
    scene = drifted("k8s-2", "k8s-5", apply_drift=frozenset({"k8s-5"}))
    ran = scene.run()
    assert ran.code == 0
    assert ran.done("apply-config") == ["k8s-5"]
    assert ran.acted == ["talos_config_applied[k8s-5]"]
    assert not ran.evidence("talos_config_applied[k8s-5]")["drift"]


def test_a_node_that_may_drift_and_does_not_is_left_alone() -> None:
    """The permission is no order."""
    ran = drifted(apply_drift=frozenset({"k8s-5"})).run()
    assert (ran.code, ran.effects) == (0, ())


@pytest.mark.parametrize("upgraded", ["talos", "kubelet"])
def test_drift_that_would_lower_a_version_is_not_applied(upgraded: str) -> None:
    """An upgraded node keeps its version, although the operator asked: Git must be brought up first."""
    scene = drifted("k8s-5", apply_drift=frozenset({"k8s-5"}))
    if upgraded == "talos":
        scene.world.machines["k8s-5"].talos_version = "v1.12.0"
    else:
        diff = "-    image: ghcr.io/siderolabs/kubelet:v1.35.1\n+    image: ghcr.io/siderolabs/kubelet:v1.34.4"
        scene.adapt = connected("talos", difference=lambda node, _: diff if node.name == "k8s-5" else "")
    ran = scene.run()
    assert ran.code == 1
    assert ran.effects == ()
    assert "a version is never lowered" in str(ran.result.outcomes["talos_config_applied[k8s-5]"])


def test_a_second_run_on_an_upgraded_cluster_writes_nothing() -> None:
    """Talos, Kubernetes and charts newer than the tree's: all of it is only verified."""
    scene = finished()
    for machine in scene.world.machines.values():
        machine.talos_version, machine.digest = "v1.13.1", "1" * 64
    for record in scene.world.releases.values():
        record["version"] = "v99.0.0"
    ran = scene.run()
    assert (ran.code, ran.effects) == (0, ())


def test_a_node_that_boots_with_another_config_says_how_to_change_it() -> None:
    """It is not changed unasked: it may be a member that restarts."""
    scene = drifted("k8s-3")
    scene.world.machines["k8s-3"].phase = "booting"
    verdict = scene.look("talos_config_applied[k8s-3]")
    assert isinstance(verdict, NotYet)
    assert verdict.underway
    assert "--apply-drift k8s-3" in verdict.reason


@pytest.mark.parametrize(
    ("phase", "underway"),
    [("off", True), ("rebooting", True), ("maintenance", False), ("installing", True)],
)
def test_failure_10_a_machine_that_is_not_ours_yet_is_not_configured(phase: str, underway: bool) -> None:
    """Maintenance still answers before the reboot: only the secure API counts, and only maintenance needs an act."""
    scene = bare()
    scene.world.machines["k8s-1"].phase = phase
    verdict = scene.look("talos_config_applied[k8s-1]")
    assert isinstance(verdict, NotYet)
    assert verdict.underway is underway


@pytest.mark.parametrize("phase", ["off", "booting", "running"])
def test_a_machine_that_changed_since_the_look_is_looked_at_again(phase: str) -> None:
    """The act tells the engine to ask the gate anew: a race is no failure, and nothing was applied."""
    scene = drifted("k8s-4")
    scene.world.machines["k8s-4"].phase = phase
    with pytest.raises(Transient, match="k8s-4"):
        scene.act("talos_config_applied[k8s-4]")
    assert "apply-config" not in [effect["what"] for effect in scene.world.effects[-1:]]


def test_the_effect_says_what_the_machine_was() -> None:
    """In maintenance mode: "maintenance" is no state of which one says that a machine was it."""
    said = bare().act("talos_config_applied[k8s-4]")
    assert said == "applied the machine config to k8s-4 (10.11.0.14), which was in maintenance mode"


@pytest.mark.parametrize("step", ["node_reachable[k8s-3]", "talos_config_applied[k8s-3]"])
def test_failure_12_a_foreign_machine_is_refused(step: str) -> None:
    """By both gates, at once and without grace."""
    scene = bare()
    inject(scene.world, [Fault("foreign", "k8s-3")])
    verdict = scene.look(step)
    assert isinstance(verdict, Never)
    assert verdict.refused


def test_the_act_refuses_what_the_preflight_would_have() -> None:
    """A machine that was exchanged after the preflight: foreign, another MAC, data on its disk (rules 2 and 7)."""
    for fault in (Fault("foreign", "k8s-3"), Fault("wrong-mac", "k8s-3"), Fault("disk-data", "k8s-3=ceph")):
        scene = bare()
        inject(scene.world, [fault])
        with pytest.raises(Refused):
            scene.act("talos_config_applied[k8s-3]")
        assert scene.world.effects == []


def test_rule_11_one_config_that_talos_refuses_stops_all_of_them() -> None:
    """Five good configs are not applied while the sixth is judged wrong."""
    scene = bare()

    def validate(config: object) -> tuple[str, ...]:
        text = config.reveal()  # type: ignore[attr-defined]
        return ("machine.network: unknown key",) if "hostname: k8s-6" in text else ()

    scene.adapt = answering("talos", validate=validate)
    ran = scene.run()
    assert ran.code == 1
    assert ran.problems == {"machine_config_rendered[k8s-6]": "k8s-6: machine.network: unknown key"}
    assert ran.effects == ()


def test_failure_07_every_node_gets_its_own_config_in_a_call_of_its_own() -> None:
    """Six nodes, six calls, six configs that differ."""
    scene = bare()
    assert scene.run(until=("talos_config_applied",)).code == 0
    calls = [effect for effect in scene.world.effects if effect["what"] == "apply-config"]
    assert sorted(call["target"] for call in calls) == sorted(scene.world.machines)
    assert len({call["detail"] for call in calls}) == 6


def test_a_rendered_config_holds_by_its_role() -> None:
    """Valid for both roles; a worker's carries no etcd CA."""
    scene = bare()
    assert scene.look("machine_config_rendered[k8s-1]") == Holds({"role": "control-plane"})
    assert scene.look("machine_config_rendered[k8s-6]") == Holds({"role": "worker"})


def test_a_permanent_error_of_the_machine_ends_the_step() -> None:
    """A config that Talos refuses is not sent again."""
    scene = bare()

    def refuse(*_: object) -> None:
        raise Permanent("unknown keys found during decoding: grubUseUKICmdline", "boot a newer image")

    scene.adapt = connected("talos", apply=refuse)
    ran = scene.run()
    assert ran.code == 1
    assert sum(step == "talos_config_applied[k8s-1]" for step in ran.acted) == 1
    assert "grubUseUKICmdline" in ran.problems["talos_config_applied[k8s-1]"]
