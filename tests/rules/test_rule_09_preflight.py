"""Rule 9: a failed preflight leaves no trace in the estate, and lists every problem, not the first."""

from __future__ import annotations

from bootstrap.events import Blocked, Failed, RunEnded, RunStarted, Verifying
from rehearsal.faults import Fault
from rehearsal.world_json import to_json
from tests.rules.whole import play

TRACELESS = (RunStarted, Verifying, Failed, Blocked, RunEnded)


def test_rule_09_every_problem_is_listed_and_nothing_was_touched() -> None:
    """Git dirty and unreachable, a stranger, a wrong MAC, a machine that is off: five sentences, no effect."""
    scene = play(Fault("wrong-mac", "k8s-2"), Fault("foreign", "k8s-5"))
    scene.world.machines["k8s-6"].phase = "off"
    scene.world.repository.dirty.append("kubernetes/main/talos/machineconfig.yaml.j2")
    scene.world.repository.unreachable = "authentication failed"
    ran = scene.run(agrees=True)
    said = ran.refused["preflight"]
    assert ran.code == 3
    for problem in ("k8s-2", "k8s-5", "k8s-6", "uncommitted changes", "authentication failed"):
        assert problem in said
    assert (ran.effects, ran.acted, scene.world.files, scene.world.asked) == ((), [], {}, [])
    assert {type(entry.event) for entry in ran.rehearsed.entries} <= set(TRACELESS)


def test_rule_09_one_problem_is_enough_to_leave_everything_alone() -> None:
    """An uncommitted change is not a machine's problem; the machines are left alone all the same, byte for byte."""
    scene = play()
    scene.world.repository.dirty.append("kubernetes/main/bootstrap/resources.yaml.j2")
    machines = repr(scene.world.machines)
    ran = scene.run()
    assert (ran.code, ran.effects) == (1, ())
    assert "uncommitted changes" in ran.failed["preflight"]
    assert repr(scene.world.machines) == machines
    assert '"effects": []' in to_json(scene.world).replace('":[', '": [')


def test_rule_09_a_vault_that_stays_away_ends_the_preflight_without_a_trace() -> None:
    """It may pass by itself, so it is waited for, to the deadline and no longer."""
    ran = play(Fault("vault-away", at=0.0, for_s=100_000.0)).run()
    assert (ran.code, ran.effects) == (1, ())
    assert "does not answer" in ran.failed["preflight"]
