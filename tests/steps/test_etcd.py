"""etcd is begun once in a generation, on one node, after all were asked (rule 1)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.events import Entry, GenerationOpened, Pinned
from bootstrap.memory import Memory
from bootstrap.verdict import Holds, NotYet
from estate.machines import Etcd, Member
from rehearsal.faults import Fault, inject
from rehearsal.world import World
from steps.etcd_pin import ETCD_NODE, chosen_node, lost_pin, replacement_key
from steps.site import Site
from tests.steps.harness import Remembering, Scene, bare, begun, connected, finished

CONTROL_PLANES = ("k8s-1", "k8s-2", "k8s-3")


@pytest.mark.parametrize(
    ("absent", "pinned", "chosen"),
    [
        ((), None, "k8s-1"),
        (("k8s-1",), None, "k8s-2"),
        ((), "k8s-3", "k8s-3"),
        (("k8s-1",), "k8s-3", "k8s-3"),
        (("k8s-6",), "k8s-2", "k8s-2"),
    ],
)
def test_failure_14_the_node_is_chosen_by_rule_or_by_its_pin(
    absent: tuple[str, ...], pinned: str | None, chosen: str
) -> None:
    """The lowest address of the plan, unless one was pinned and is in the plan still."""
    pins = {ETCD_NODE: pinned} if pinned else {}

    async def choose(site: Site) -> str:
        return chosen_node(site, Memory(1, pins))

    assert bare(absent=absent).play(choose) == chosen


def test_a_pin_that_is_gone_is_replaced_by_consent_only() -> None:
    """Refused without, the lowest of the rest with; and consent for another node is none."""
    scene, pins = bare(absent=("k8s-1",)), {ETCD_NODE: "k8s-1"}

    def choose(*consents: str) -> str:
        async def once(site: Site) -> str:
            memory = Memory(1, pins, consents=frozenset(consents))
            assert lost_pin(site, memory)
            return chosen_node(site, memory)

        return scene.play(once)

    assert choose(replacement_key("k8s-1")) == "k8s-2"
    for consents in ([], [replacement_key("k8s-2")]):
        with pytest.raises(Refused, match="k8s-1"):
            choose(*consents)


def configured() -> Scene:
    """All nodes boot with their config; etcd was not begun."""
    scene = begun("talos_config_applied")
    assert not scene.world.etcds
    return scene


def test_the_node_is_pinned_before_the_call() -> None:
    """In the journal the pin stands before what it is for, whatever becomes of the call."""
    scene = configured()
    inject(scene.world, [Fault("lost-before", "k8s-1", call="bootstrap")])
    attempt = Remembering(scene.memory())
    with pytest.raises(Transient):
        scene.act("etcd_bootstrapped", attempt)
    assert attempt.memory.pins == {ETCD_NODE: "k8s-1"}


@pytest.mark.parametrize("call", ["lost-before", "lost-after", "bootstrap-forgotten"])
def test_failure_15_a_call_in_doubt_goes_to_the_same_node(call: str) -> None:
    """Lost on its way, lost on its way back, or forgotten over a reboot (failure_13): one node, one cluster."""
    scene = bare()
    inject(scene.world, [Fault(call, "k8s-1", call="bootstrap")])
    ran = scene.run(until=("etcd_bootstrapped",))
    assert ran.code == 0
    assert set(ran.done("bootstrap-etcd")) == {"k8s-1"}
    assert len(scene.world.etcds) == 1
    assert [e.event.value for e in ran.entries if isinstance(e.event, Pinned)] == ["k8s-1"]


def test_a_control_plane_that_shows_members_stops_the_call() -> None:
    """Between the gate and the act another may have begun it: then it is asked again, and no call is made."""
    scene = configured()
    member = Etcd(True, "c1", leader="2")
    views = {"k8s-2": Etcd(True, "c1", (Member("2", "k8s-2", "10.11.0.12"),), "2")}
    scene.adapt = connected("talos", etcd=lambda node: views.get(node.name, member))
    with pytest.raises(Transient, match="k8s-2 already shows etcd members"):
        scene.act("etcd_bootstrapped")
    assert "bootstrap-etcd" not in {effect["what"] for effect in scene.world.effects}


def test_data_on_another_control_plane_stops_the_call_for_good() -> None:
    """Stale or not, it is somebody's cluster: beginning a second one beside it is not ours to decide."""
    scene = configured()
    scene.world.machines["k8s-3"].etcd = "dead"
    with pytest.raises(Permanent, match="k8s-3 holds etcd data"):
        scene.act("etcd_bootstrapped")


def test_data_without_members_is_waited_for() -> None:
    """It may be ours, starting: nobody acts."""
    scene = configured()
    scene.world.machines["k8s-2"].etcd = "dead"
    verdict = scene.look("etcd_bootstrapped")
    assert isinstance(verdict, NotYet)
    assert verdict.underway
    assert "k8s-2 holds etcd data" in verdict.reason


@pytest.mark.parametrize("silent", [("k8s-2",), ("k8s-3",), ("k8s-2", "k8s-3"), CONTROL_PLANES])
def test_etcd_is_not_begun_while_a_control_plane_cannot_be_asked(silent: tuple[str, ...]) -> None:
    """What does not answer may hold the cluster: it is waited for, or left out by --without."""
    scene = configured()
    for name in silent:
        scene.world.machines[name].phase = "off"
    verdict = scene.look("etcd_bootstrapped")
    assert isinstance(verdict, NotYet)
    assert verdict.underway
    assert all(name in verdict.reason for name in silent)
    with pytest.raises(Transient, match=silent[0]):
        scene.act("etcd_bootstrapped")


def test_all_that_answer_without_members_or_data_may_begin() -> None:
    """Then somebody must act."""
    assert configured().look("etcd_bootstrapped") == NotYet("no control plane has etcd members")


def generations(entries: tuple[Entry, ...]) -> list[int]:
    return [entry.event.number for entry in entries if isinstance(entry.event, GenerationOpened)]


def test_a_generation_is_opened_once_and_not_by_a_resume() -> None:
    """The first run opens it; the second goes on in it."""
    scene = bare()
    assert generations(scene.run(until=("etcd_bootstrapped",)).entries) == [1]
    assert generations(scene.run().entries) == []


def test_a_generation_ends_when_all_control_planes_are_bare_again() -> None:
    """The old pin means nothing to new machines: a new life begins, with a pin of its own."""
    scene = finished()
    scene.world = World.bare(scene.cluster, scene.tree, seed=2)
    ran = scene.run()
    assert ran.code == 0
    assert generations(ran.entries) == [2]
    assert ran.done("bootstrap-etcd") == ["k8s-1"]


def test_a_generation_that_was_only_taken_over_ends_as_well() -> None:
    """With the journal lost, the next run pins kube-system's UID and no etcd node: that pin must end too."""
    scene = finished()
    scene.journal.stored.clear()
    taken = scene.run()
    assert taken.code == 0
    assert taken.effects == ()
    assert "taken as they are" in repr(taken.entries)
    scene.world = World.bare(scene.cluster, scene.tree, seed=2)
    ran = scene.run()
    assert ran.problems == {}
    assert generations(ran.entries) == [2]


@pytest.mark.parametrize(
    ("changed", "absent", "holds"),
    [
        ({}, (), False),
        ({"k8s-2": {"phase": "off"}}, (), True),
        ({"k8s-2": {"phase": "off"}}, ("k8s-2",), False),
        ({"k8s-2": {"phase": "running"}}, (), True),
        ({"k8s-2": {"etcd": "c1"}}, (), True),
        ({"k8s-5": {"phase": "running"}}, (), False),
    ],
    ids=["bare", "unreachable", "left out", "configured", "data", "a worker runs"],
)
def test_one_control_plane_that_is_not_bare_keeps_the_generation(
    changed: Mapping[str, Mapping[str, str]], absent: tuple[str, ...], holds: bool
) -> None:
    """One that cannot be reached counts as configured, unless the plan is without it."""
    scene = bare(absent=absent)
    for name, values in changed.items():
        for key, value in values.items():
            setattr(scene.world.machines[name], key, value)
    verdict = scene.look("etcd_generation_opened", Memory(1, {ETCD_NODE: "k8s-1"}))
    assert isinstance(verdict, Holds) is holds
