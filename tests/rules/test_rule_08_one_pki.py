"""Rule 8: the PKI is never another one while any node of the cluster is configured."""

from __future__ import annotations

import pytest

from bootstrap.events import Verifying
from rehearsal.change import reset
from rehearsal.faults import Fault
from tests.rules.whole import Play, finished, play


def one_configured() -> Play:
    """Five machines are bare; one control plane was configured with the first PKI (a worker does not come up alone)."""
    scene = play()
    on = tuple(f"{step}" for step in ("preflight", "secrets_resolved", "node_reachable", "etcd_generation_opened"))
    ran = scene.run(only=(*on, "machine_config_rendered", "talos_config_applied[k8s-1]"))
    assert (ran.code, ran.done("apply-config")) == (0, ["k8s-1"])
    return scene


def half_way() -> Play:
    scene = play(Fault("node-dies", "k8s-2", at=200.0))
    assert scene.run(until=("etcd_bootstrapped",)).code in (0, 1)
    return scene


@pytest.mark.parametrize("begin", [finished, half_way, one_configured])
def test_rule_08_with_another_pki_in_the_vault_nothing_is_configured(begin: object) -> None:
    """The vault's PKI was replaced: what runs is no longer recognised, and the run is refused in its preflight."""
    assert callable(begin)
    scene = begin()
    scene.world.pki = "second"
    ran = scene.run(agrees=True)
    assert (ran.code, ran.effects, ran.violations) == (3, (), ())
    assert "its PKI is not the vault's" in ran.refused["preflight"]
    assert [event.step for event in ran.events(Verifying)] == ["preflight"]


def test_rule_08_once_every_node_was_wiped_another_pki_is_fine() -> None:
    """A reset cluster has no configured node: it is bootstrapped with what the vault holds now."""
    scene = finished()
    reset(scene.world, scene.cluster)
    scene.world.files.clear()
    scene.world.effects.clear()  # those of the first life bore the first PKI, as they should
    scene.world.pki = "second"
    ran = scene.run()
    assert (ran.code, ran.violations) == (0, ())
    assert ran.done("bootstrap-etcd") == ["k8s-1"]
