"""Rule 12: every wait ends, by its own deadline, which the inventory can change, or by that of the whole command."""

from __future__ import annotations

import pytest

from bootstrap.attempting import LAST_LOOK_S
from bootstrap.events import Failed, Verifying
from inventory.model import Limits
from rehearsal.faults import Fault
from tests.rules.whole import Play, Ran, play, world_time

FOR_GOOD = {
    "a-control-plane-dies": (Fault("node-dies", "k8s-3", at=130.0),),
    "a-worker-dies": (Fault("node-dies", "k8s-6", at=20.0),),
    "an-image-never-comes": (Fault("failing-pull", "cilium"),),
    "the-api-never-answers": (Fault("api-flaps", at=100.0, for_s=1e7),),
    "no-registry": (Fault("registry-down", at=100.0, for_s=1e7),),
    "no-vault": (Fault("vault-away", for_s=1e7),),
    "quorum-is-lost": (Fault("node-dies", "k8s-2", at=240.0), Fault("node-dies", "k8s-3", at=240.0)),
}


def waits(ran: Ran) -> dict[str, float]:
    """Step -> seconds from its begin to its failure."""
    begun = {e.event.step: world_time(e) for e in ran.rehearsed.entries if isinstance(e.event, Verifying)}
    return {
        entry.event.step: world_time(entry) - begun[entry.event.step]
        for entry in ran.rehearsed.entries
        if isinstance(entry.event, Failed)
    }


def with_limits(scene: Play, **limits: object) -> Play:
    scene.cluster = scene.cluster.model_copy(update={"limits": Limits.model_validate(limits)})
    return scene


@pytest.mark.parametrize("trouble", FOR_GOOD)
def test_rule_12_what_never_heals_ends_by_the_step_s_own_deadline(trouble: str) -> None:
    """The run ends failed, the step that waited is named with what it saw last, and no wait was longer than allowed."""
    scene = play(*FOR_GOOD[trouble])
    ran = scene.run()
    assert (ran.code, ran.violations) == (1, ())
    found = waits(ran)
    assert found
    longest = {"preflight": 300.0, "cilium": 1800.0, "critical_apps_ready": 2700.0, "talos_config_applied": 1200.0}
    late = {s: t for s, t in found.items() if t > longest.get(s.partition("[")[0], 900.0) + LAST_LOOK_S}
    assert late == {}
    assert all("not within" in text or "gave up" in text or "deadline" in text for text in ran.failed.values())


def test_rule_12_the_inventory_changes_a_deadline() -> None:
    """limits.deadlines.cilium: 50 ends the wait for its images after 50 seconds."""
    scene = with_limits(play(Fault("failing-pull", "cilium")), deadlines={"cilium": 50.0})
    assert waits(scene.run())["cilium"] == pytest.approx(50.0, abs=LAST_LOOK_S)


@pytest.mark.parametrize("trouble", FOR_GOOD)
def test_rule_12_the_command_s_own_deadline_bounds_all_of_them(trouble: str) -> None:
    """limits.command_s: 200: whatever is waited for, it has ended by then."""
    scene = with_limits(play(*FOR_GOOD[trouble]), command_s=200.0)
    ran = scene.run()
    assert ran.code == 1
    assert scene.world.now <= 200.0 + 2 * LAST_LOOK_S
