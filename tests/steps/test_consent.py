"""What destroys is asked for on one screen before the first effect, and never in the middle (rule 7)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bootstrap.errors import Refused, Transient
from bootstrap.events import Consented, Entry, GenerationOpened, Pinned, Satisfied
from bootstrap.verdict import Holds
from estate.workstation import Destruction
from rehearsal.faults import Fault, inject
from rehearsal.world import World
from steps.etcd_pin import ETCD_NODE
from tests.steps.harness import Scene, answering, bare, begun, connected, finished, raising

FULL = [Fault("disk-data", "k8s-1=talos"), Fault("disk-data", "k8s-4=ceph"), Fault("disk-data", "k8s-6=ext4")]


class Operator:
    """Answers, and keeps what was shown and how much had been done by then."""

    def __init__(self, world: World, answer: bool) -> None:
        self.world, self.answer = world, answer
        self.screens: list[tuple[str, list[str], int]] = []

    async def __call__(self, cluster: str, items: Sequence[Destruction]) -> bool:
        self.screens.append((cluster, [item.sentence for item in items], len(self.world.effects)))
        return self.answer


def full(answer: bool) -> tuple[Scene, Operator]:
    scene = bare()
    inject(scene.world, FULL)
    operator = Operator(scene.world, answer)
    scene.confirm = operator
    return scene, operator


def test_everything_that_is_destroyed_stands_on_one_screen_before_the_first_effect() -> None:
    """Three disks of six, one question, and then the run goes to its end."""
    scene, operator = full(answer=True)
    ran = scene.run()
    ((cluster, sentences, effects_before),) = operator.screens
    assert ran.code == 0
    assert (cluster, effects_before) == ("main", 0)
    assert [sentence.split(":")[0] for sentence in sentences] == ["k8s-1", "k8s-4", "k8s-6"]
    consented = next(i for i, entry in enumerate(ran.entries) if isinstance(entry.event, Consented))
    assert "talos_config_applied" not in repr(ran.entries[1:consented])


def test_who_may_not_be_asked_is_told_what_would_be_destroyed() -> None:
    """Without a terminal there is no screen that lists it: the refusal does."""
    scene, _ = full(answer=True)
    scene.adapt = answering("workstation", confirm=raising(Refused("main is protected", "use a terminal")))
    ran = scene.run()
    assert (ran.code, scene.world.effects) == (3, [])
    for node in ("k8s-1", "k8s-4", "k8s-6"):
        assert f"{node}: installing overwrites" in ran.problems["preflight"]
    assert "; main is protected" in ran.problems["preflight"]


def test_who_does_not_agree_is_left_alone() -> None:
    """Exit code 3, and nothing was done, not even to machines whose disks are empty."""
    scene, operator = full(answer=False)
    ran = scene.run()
    assert ran.code == 3
    assert scene.world.effects == []
    assert len(operator.screens) == 1
    assert "did not agree" in ran.problems["preflight"]


@pytest.mark.parametrize("where", ["data", "none"])
def test_nothing_is_asked_where_nothing_is_destroyed(where: str) -> None:
    """Empty install disks, and Ceph on the other disk, are no reason to ask."""
    scene = bare(confirm=False)
    if where == "data":
        for machine in scene.world.machines.values():
            machine.disks[1]["content"] = "ceph"
    assert scene.run(until=("talos_config_applied",)).code == 0
    assert scene.world.asked == []


def test_data_that_appears_after_the_screen_is_refused_and_not_asked_about() -> None:
    """In the middle of a run nobody is asked: that one node is refused, the others go on."""
    scene = bare(confirm=True)

    def on(entry: Entry) -> None:
        if isinstance(entry.event, Satisfied) and entry.event.step == "preflight":
            inject(scene.world, [Fault("disk-data", "k8s-4=ceph")])

    ran = scene.run(on=on)
    assert ran.code == 3
    assert scene.world.asked == []
    assert "this run was not told that it may" in ran.problems["talos_config_applied[k8s-4]"]
    assert "k8s-4" not in ran.done("apply-config")
    assert len(ran.done("apply-config")) == 5


def test_consent_counts_for_one_run() -> None:
    """What was agreed to yesterday is asked for again today, if it still stands."""
    scene, operator = full(answer=True)
    assert scene.run(until=("preflight",)).code == 0
    assert scene.run(until=("preflight",)).code == 0
    assert len(operator.screens) == 2


def test_a_run_that_only_looks_does_not_ask() -> None:
    """Steps that are needed but not selected are verified: without consent they say what is missing."""
    scene, operator = full(answer=True)
    ran = scene.run(only=("machine_config_rendered",))
    assert ran.code == 1
    assert operator.screens == []
    assert "to be agreed to first" in ran.problems["preflight"]


def test_a_machine_that_is_being_installed_is_not_asked_about_again() -> None:
    """Killed while Talos writes to the disk, the next run sees its own traces there: they are not the operator's."""
    scene = bare(confirm=False)
    machine = scene.world.machines["k8s-5"]
    machine.phase, machine.disks[0]["content"] = "installing", "talos"
    assert isinstance(scene.look("preflight"), Holds)


def begun_on_a_dead_node() -> Scene:
    scene = bare(absent=("k8s-1",))
    entries = [Entry("r0", 0.0, GenerationOpened(1, "bare")), Entry("r0", 0.0, Pinned(ETCD_NODE, "k8s-1"))]
    scene.journal.append(entries, fencing=1, durable=True)
    scene.world.machines["k8s-1"].phase = "off"
    return scene


@pytest.mark.parametrize(("answer", "code"), [(True, 4), (False, 3)])
def test_replacing_a_pinned_etcd_node_is_asked_for(answer: bool, code: int) -> None:
    """etcd may have begun on the node that died: beginning it elsewhere is the operator's word (rule 1)."""
    scene = begun_on_a_dead_node()
    operator = Operator(scene.world, answer)
    scene.confirm = operator
    ran = scene.run()
    ((_, (sentence,), effects_before),) = operator.screens
    assert ran.code == code
    assert effects_before == 0
    assert "etcd was begun on k8s-1, which is gone" in sentence
    assert ran.done("bootstrap-etcd") == (["k8s-2"] if answer else [])


def test_a_pinned_node_that_is_gone_is_no_question_while_etcd_is_seen() -> None:
    """The others hold the data: nothing is begun, so nothing is given up."""
    scene = finished(absent=("k8s-1",))
    scene.world.machines["k8s-1"].phase = "off"
    assert isinstance(scene.look("preflight"), Holds)


def test_etcd_data_on_a_node_that_does_not_answer_for_etcd_yet_counts() -> None:
    """A control plane that boots with data in its directory is not blank, though its etcd cannot be asked."""
    scene = begun("etcd_bootstrapped")
    scene.absent = ("k8s-1",)
    scene.world.machines["k8s-1"].phase = "off"
    scene.adapt = connected("talos", etcd=raising(Transient("it boots")))
    assert isinstance(scene.look("preflight"), Holds)
