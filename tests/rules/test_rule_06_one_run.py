"""Rule 6: never two runs on one cluster at once; a run whose lease is lost acts no more and writes no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.clock import SystemClock
from bootstrap.errors import Refused
from bootstrap.events import RunEnded, RunStarted
from bootstrap.leases.composed import open_lease
from operations.bootstrap import bootstrap
from operations.places import places
from operations.request import Request
from rehearsal.faults import Fault, faults_of
from tests.rules.whole import ROOT, cluster_of, finished, play, world_time

HEARTBEAT_S = 15.0


def moments() -> list[float]:
    """When the undisturbed run of this world has effects."""
    return sorted({float(effect["at"]) for effect in finished().world.effects})


@pytest.mark.parametrize("faulty", [False, True], ids=["no-other-fault", "other-faults"])
def test_rule_06_after_the_lease_is_stolen_nothing_is_done(faulty: bool) -> None:
    """Stolen a moment before every effect of a whole bootstrap: no act begins after it, exit code 3."""
    more = faults_of(5, cluster_of()) if faulty else ()
    for at in moments():
        stolen_at = max(0.0, at - 0.25)
        scene = play(Fault("lease-stolen", at=stolen_at), *(f for f in more if f.kind != "lease-stolen"))
        ran = scene.run(agrees=True)
        assert ran.code == 3
        late = [entry for entry in ran.rehearsed.entries if world_time(entry) > stolen_at + HEARTBEAT_S + 0.01]
        assert late == [], f"stolen at {stolen_at}"
        begun_late = [effect for effect in ran.effects if effect["at"] > stolen_at + 0.3 and _begins(effect)]
        assert begun_late == [], f"stolen at {stolen_at}"


def _begins(effect: dict[str, object] | object) -> bool:
    """An apply that goes on through its list of manifests was begun before."""
    assert isinstance(effect, dict)
    return effect["what"] not in ("apply",)


def test_rule_06_a_run_that_only_waits_learns_of_it_at_the_next_heartbeat() -> None:
    """Stolen after the last act, while Flux works: the run is not called done, and writes nothing any more."""
    stolen_at = moments()[-1] + 1.0
    ran = play(Fault("lease-stolen", at=stolen_at)).run()
    assert ran.code == 3
    assert ran.events(RunEnded) == []
    assert "another operator holds the lease" in ran.rehearsed.result.stopped
    assert world_time(ran.rehearsed.entries[-1]) <= stolen_at + HEARTBEAT_S + 0.01


def test_rule_06_every_run_has_a_higher_fencing_number_and_says_how_far_it_reaches() -> None:
    """The first line of a run, as it stands in the journal."""
    scene = finished()
    first, second = scene.run().events(RunStarted) + scene.run().events(RunStarted)
    assert first.fencing < second.fencing
    assert first.reach == "this rehearsal"


def test_rule_06_the_command_refuses_while_another_run_holds_the_cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It names the holder; the rehearsed world is not even made. Once the lease is free, the same command runs."""
    monkeypatch.setenv("FIRSTLIGHT_STATE", str(tmp_path))
    request = Request("main", "rehearsal", ROOT, pace="max", format="json")
    here = places("main", "rehearsal")
    lease = open_lease(here.journal, here.folder, cluster="main", estate="rehearsal", clock=SystemClock())
    lease.acquire()
    try:
        with pytest.raises(Refused, match="being worked on by"):
            bootstrap(request)
        assert not here.world.exists()
    finally:
        lease.release()
    assert bootstrap(request) == 0
