"""Rule 1: etcd is bootstrapped on at most one node in a generation."""

from __future__ import annotations

import pytest

from bootstrap.events import Acted, AttemptFailed, GenerationOpened, Holding, Pinned
from bootstrap.journal import MemoryJournal
from rehearsal.faults import Fault
from rehearsal.killing_journal import Killed
from rehearsal.transitions import happen
from tests.rules.whole import Play, finished, play, when

PERILS = {
    "nothing": (),
    "call-lost-before": (Fault("lost-before", "k8s-1", call="bootstrap"),),
    "answer-lost": (Fault("lost-after", "k8s-1", call="bootstrap"),),
    "forgotten-by-a-reboot": (Fault("bootstrap-forgotten", "k8s-1"),),
    "a-control-plane-dies": (Fault("node-dies", "k8s-2", at=120.0, for_s=120.0),),
    "the-first-one-dies": (Fault("node-dies", "k8s-1", at=150.0, for_s=120.0),),
}


@pytest.mark.parametrize("peril", PERILS)
def test_rule_01_etcd_is_begun_on_the_lowest_address_only_and_pinned_before(peril: str) -> None:
    """Whatever happens to the call, it goes to one node, and which one is in the journal before it is sent."""
    scene = play(*PERILS[peril])
    ran = scene.run()
    assert (ran.code, ran.violations) == (0, ())
    assert set(ran.done("bootstrap-etcd")) == {"k8s-1"}
    assert len(scene.world.etcds) == 1
    assert [pin.value for pin in ran.events(Pinned) if pin.key == "etcd_node"] == ["k8s-1"]


def test_rule_01_a_call_in_doubt_is_not_sent_to_another_node() -> None:
    """Begun without k8s-1, the call was forgotten and the run killed: with k8s-1 back, k8s-2 is asked again."""
    scene = play(Fault("bootstrap-forgotten", "k8s-2"), Fault("node-dies", "k8s-1", at=0.0, for_s=100.0))

    def kill() -> None:
        raise Killed

    with pytest.raises((Killed, BaseExceptionGroup)):
        scene.run(without=("k8s-1",), on=when("etcd_bootstrapped", Acted, kill))
    ran = scene.run()
    assert (ran.code, ran.violations) == (0, ())
    assert set(ran.done("bootstrap-etcd")) == {"k8s-2"}


def test_rule_01_a_pinned_node_that_is_gone_is_replaced_only_when_the_operator_agrees() -> None:
    """The call may still take effect on it: the first run asked k8s-1 and lost it, the second goes without it."""
    for agrees, code, begun in ((False, 3, []), (True, 4, ["k8s-2"])):
        scene = play(Fault("lost-before", "k8s-1", call="bootstrap"), Fault("lost-before", "k8s-1", "bootstrap", 2))
        _stopped_at_first_refusal(scene)
        happen(scene.world, "machine_off", ("k8s-1", None))
        ran = scene.run(without=("k8s-1",), agrees=agrees)
        assert (ran.code, ran.violations) == (code, ())
        assert ran.done("bootstrap-etcd") == begun
        assert [asked["items"] for asked in scene.world.asked] == [["replace-etcd-node:k8s-1"]]


def _stopped_at_first_refusal(scene: Play) -> None:
    """Killed between the pin and the call that follows it."""

    def kill() -> None:
        raise Killed

    with pytest.raises((Killed, BaseExceptionGroup)):
        scene.run(on=when("etcd_bootstrapped", AttemptFailed, kill))
    assert scene.world.etcds == {}


def test_rule_01_done_means_every_control_plane_is_a_member_and_none_learns() -> None:
    """At the first moment at which the gate holds, the world's etcd has three voting members."""
    for seed in range(5):
        scene = play(Fault("node-dies", "k8s-3", at=110.0, for_s=60.0), seed=seed)
        seen: list[dict[str, bool]] = []

        def look(scene: Play = scene, seen: list[dict[str, bool]] = seen) -> None:
            (etcd,) = scene.world.etcds.values()
            seen.append({name: member["learner"] for name, member in etcd["members"].items()})

        assert scene.run(on=when("etcd_bootstrapped", Holding, look)).code == 0
        assert seen[0] == {"k8s-1": False, "k8s-2": False, "k8s-3": False}


def test_rule_01_no_etcd_is_begun_while_a_control_plane_that_answers_holds_the_data_of_one() -> None:
    """k8s-1 lives and holds etcd's data, which it cannot serve; the others are new, the journal is lost, and the
    operator takes k8s-1 for dead: it is asked all the same."""
    scene = _one_holder_left()
    ran = scene.run(without=("k8s-1",), agrees=True, journal=MemoryJournal())
    assert ran.done("bootstrap-etcd") == []
    assert len(scene.world.etcds) == 1
    assert "k8s-1 holds etcd data" in "".join((*ran.failed.values(), *ran.refused.values()))


def _one_holder_left() -> Play:
    scene = finished()
    holder = scene.world.machines["k8s-1"]
    holder.phase, holder.etcd_running, holder.serves_api = "booting", False, False
    scene.bare_again("k8s-2", "k8s-3")
    scene.world.api_up = scene.world.vip_up = False
    return scene


def test_rule_01_a_second_run_begins_nothing_and_a_new_generation_exactly_once() -> None:
    """With the journal, and without it, a finished cluster is only looked at; its etcd is never begun again."""
    for journal in (None, MemoryJournal()):
        scene = finished()
        ran = scene.run(journal=journal)
        assert (ran.code, ran.done("bootstrap-etcd")) == (0, [])
        assert len(ran.events(GenerationOpened)) == (0 if journal is None else 1)
