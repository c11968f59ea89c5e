"""Rule 4: after any crash and resume the final state is that of an uninterrupted run. tests/simulation kills at every
single write; here a run is killed while things go wrong, and what it recorded is no longer true when it goes on."""

from __future__ import annotations

import asyncio

import pytest

from bootstrap.events import Demoted
from bootstrap.journal import Journal, MemoryJournal
from bootstrap.runner import Runner
from rehearsal import objects
from rehearsal.canonical import Canonical
from rehearsal.faults import Fault
from rehearsal.killing_journal import Killed, KillingJournal
from tests.rules.whole import Play, finished, play

TROUBLE = {
    "nothing": (),
    "lost-calls": (Fault("lost-after", "cilium", call="sync"), Fault("lost-before", call="kubernetes-apply", nth=2)),
    "a-node-dies": (Fault("node-dies", "k8s-5", at=170.0, for_s=60.0),),
    "forgotten": (Fault("bootstrap-forgotten", "k8s-1"), Fault("api-flaps", at=230.0, for_s=30.0)),
}


def undisturbed() -> Canonical:
    return finished().state()


@pytest.mark.parametrize("lost", [False, True], ids=["journal-kept", "journal-lost"])
@pytest.mark.parametrize("trouble", TROUBLE)
def test_rule_04_killed_in_trouble_it_ends_as_if_nothing_had_happened(trouble: str, lost: bool) -> None:
    """Killed at every eleventh write, some thirty times: the same command goes on, to the same state."""
    expected = undisturbed()
    for write in range(4, 400, 11):
        scene = play(*TROUBLE[trouble])
        if not _killed(scene, write):
            break
        ran = scene.run(journal=MemoryJournal() if lost else None)
        assert (ran.code, _of_state(ran.violations, lost)) == (0, ()), f"killed at write {write}: {ran.failed}"
        assert scene.state() == expected, f"killed at write {write}"
    assert write > 100


def _killed(scene: Play, write: int) -> bool:
    journal: Journal = KillingJournal(scene.journal, write, stored=True)
    try:
        scene.run(journal=journal)
    except (Killed, BaseExceptionGroup):
        return True
    return False


def _of_state(violations: tuple[str, ...], lost: bool) -> tuple[str, ...]:
    """A lost journal cannot say what was pinned in it."""
    return tuple(text for text in violations if not (lost and "before that was pinned" in text))


RELEASES = ("cilium", "coredns", "spegel", "cert-manager", "flux-operator", "flux-instance")


@pytest.mark.parametrize("release", RELEASES)
def test_rule_04_stopped_in_the_middle_of_a_sync_the_next_run_repairs_it(release: str) -> None:
    """Helm was ended while it installed: its record says pending, which no sync gets past by itself."""
    begun = {str(e["target"]).partition("/")[2]: float(e["at"]) for e in finished().world.effects}[release]
    scene = play()

    def stop(runner: Runner) -> None:
        asyncio.get_running_loop().call_later(begun + 0.5, runner.interrupt)

    assert scene.run(during=stop).code == 130
    assert [r["status"] for key, r in scene.world.releases.items() if key.endswith(release)] == ["pending-install"]
    ran = scene.run()
    assert (ran.code, ran.violations) == (0, ())
    assert release in {target.partition("/")[2] for target in ran.done("helm-repair")}
    assert scene.state() == undisturbed()


def test_rule_04_the_record_is_not_trusted_where_the_world_says_otherwise() -> None:
    """Somebody removed a release and a namespace after they were recorded: the next run makes them again."""
    scene = play()
    assert scene.run(until=("cert_manager",)).code == 0
    del scene.world.releases["system/spegel"]
    objects.remove(scene.world, "v1/Namespace", "network")
    ran = scene.run()
    assert (ran.code, ran.violations) == (0, ())
    assert "system/spegel" in ran.done("helm-sync")
    assert "v1/Namespace network" in ran.done("apply")
    assert {"spegel", "resources_applied"} <= {event.step for event in ran.events(Demoted)}
    assert scene.state() == undisturbed()
