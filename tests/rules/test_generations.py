"""A disaster with dead machines, and a cluster that was reset: quorum, names in the summary, a new generation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.events import GenerationOpened, Pinned
from operations.bootstrap import bootstrap
from operations.closing import closed
from operations.places import state_folder
from operations.request import Request
from operations.summary import summary
from operations.timeline import timeline
from rehearsal.change import reset
from rehearsal.faults import Fault, faults_of
from tests.rules.whole import ROOT, cluster_of, finished, needs_of, play

DEAD = (Fault("node-dies", "k8s-2"), Fault("node-dies", "k8s-5"))


@pytest.mark.parametrize("seed", range(6))
def test_without_a_dead_control_plane_and_a_dead_worker_it_is_done_and_both_are_named(seed: int) -> None:
    """Exit code 4; the summary that is printed names both. Passing faults beside it change nothing."""
    more = (Fault("lost-after", call="sync", where="cilium"), Fault("api-flaps", at=300.0, for_s=20.0)) if seed else ()
    ran = play(*DEAD, *more, seed=seed).run(without=("k8s-2", "k8s-5"), seed=seed)
    assert (ran.code, ran.violations) == (4, ())
    said = summary(timeline(ran.rehearsed.entries, needs_of()))
    for name in ("k8s-2", "k8s-5"):
        assert any(name in text for text in ran.exceptions)
        assert name in said
    assert ran.done("bootstrap-etcd") == ["k8s-1"]


def test_without_quorum_the_command_refuses_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of three control planes dead: exit code 3, one sentence, no journal, no world."""
    monkeypatch.setenv("FIRSTLIGHT_STATE", str(tmp_path / "state"))
    request = Request("main", "rehearsal", ROOT, without=("k8s-1", "k8s-3"), pace="max")
    assert closed(lambda: bootstrap(request)) == 3
    assert "etcd needs 2" in capsys.readouterr().err
    assert not state_folder().exists()


@pytest.mark.parametrize("seed", range(5))
def test_reset_opens_a_generation_with_new_pins_and_begins_etcd_once_more(seed: int) -> None:
    """Two lives of one cluster in one journal: two pins of the node, two UIDs, etcd begun once in each."""
    scene = finished(seed=seed)
    first = scene.state()
    reset(scene.world, scene.cluster)
    scene.inject(*(f for f in faults_of(seed, cluster_of()) if f.kind in ("lost-after", "slow-pull", "api-flaps")))
    ran = scene.run(seed=seed)
    assert (ran.code, ran.violations) == (0, ())
    assert [event.number for event in ran.events(GenerationOpened)] == [2]
    assert len(ran.done("bootstrap-etcd")) == 1
    pins = [entry.event for entry in scene.journal.entries() if isinstance(entry.event, Pinned)]
    uids = [pin.value for pin in pins if pin.key == "kube_system_uid"]
    assert [pin.value for pin in pins if pin.key == "etcd_node"] == ["k8s-1", "k8s-1"]
    assert len(set(uids)) == 2
    assert scene.state() == first


def test_reset_of_a_part_opens_no_generation() -> None:
    """Two control planes were wiped, the third holds the data: they join it, and nothing is begun."""
    scene = finished()
    (etcd,) = scene.world.etcds.values()
    scene.bare_again("k8s-3")
    del etcd["members"]["k8s-3"]
    ran = scene.run()
    assert (ran.code, ran.events(GenerationOpened), ran.done("bootstrap-etcd")) == (0, [], [])
    assert sorted(etcd["members"]) == ["k8s-1", "k8s-2", "k8s-3"]


@pytest.mark.parametrize("at", [215.0, 300.0, 520.0], ids=["before-cilium", "in-the-middle", "near-the-end"])
@pytest.mark.parametrize("dead", [("k8s-6",), ("k8s-3",), ("k8s-3", "k8s-6")], ids="+".join)
def test_nodes_that_died_after_they_had_joined_are_gone_without(dead: tuple[str, ...], at: float) -> None:
    """The cluster still counts them: the next run without them ends with exit code 4 and names what to take out."""
    scene = play(*(Fault("node-dies", name, at=at) for name in dead))
    scene.run()
    ran = scene.run(without=dead)
    assert (ran.code, ran.violations) == (4, ())
    for name in dead:
        assert any(f"kubectl delete node {name}" in text for text in ran.exceptions)
        assert any(f"{name} is absent" in text for text in ran.exceptions)
