"""Rule 13 on an upgraded world: nodes run a newer Talos and Kubernetes than the templates, and keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.events import Acting, Satisfied
from operations.bootstrap import bootstrap
from operations.places import places
from operations.plan import show_plan
from operations.reading import entries_of
from operations.request import Request
from rehearsal.canonical import settle
from rehearsal.change import upgraded
from rehearsal.faults import Fault
from rehearsal.world_file import WorldFile
from tests.rules.whole import ROOT, cluster_of, finished

HIGHER = ("v1.12.1", "v1.35.2")


@pytest.mark.parametrize("fault", [None, Fault("api-flaps", at=1e4, for_s=30.0), Fault("node-dies", "k8s-5", at=1e4)])
def test_upgraded_nodes_get_nothing_from_a_second_run(fault: Fault | None) -> None:
    """No effect on any machine, whatever else goes wrong; without trouble exit code 0, and drift in the evidence."""
    scene = finished()
    upgraded(scene.world, *HIGHER)
    if fault is not None:
        scene.world.now = 1e4
        scene.inject(fault)
    ran = scene.run()
    assert (ran.effects, ran.violations) == ((), ())
    if fault is None or fault.kind != "node-dies":
        assert ran.code == 0
        drift = [event.step for event in ran.events(Satisfied) if event.evidence.get("drift")]
        assert drift == [f"talos_config_applied[{node.name}]" for node in scene.cluster.nodes]


def test_upgraded_world_the_commands_show_it_and_plan_exits_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """bootstrap, upgrade, bootstrap, plan, as an operator types them: done, done without an act, changes pending."""
    monkeypatch.setenv("FIRSTLIGHT_STATE", str(tmp_path))
    request = Request("main", "rehearsal", ROOT, pace="max")
    here = places("main", "rehearsal")
    assert bootstrap(request) == 0
    _change(WorldFile(here.world))
    assert show_plan(request) == 2
    before = entries_of(here, "main", "rehearsal")
    assert bootstrap(request) == 0
    after = entries_of(here, "main", "rehearsal")[len(before) :]
    assert after
    assert not any(isinstance(entry.event, Acting) for entry in after)
    capsys.readouterr()
    assert show_plan(request) == 2
    said = capsys.readouterr().out
    for node in cluster_of().nodes:
        assert f"{node.name} differs from Git" in said
    assert HIGHER[0] in said
    assert HIGHER[1] in said


def _change(file: WorldFile) -> None:
    file.open()
    world = file.load()
    assert world is not None
    settle(world)
    file.save(upgraded(world, *HIGHER))
    file.close()
