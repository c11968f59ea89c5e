"""etcd of the simulated world: what the bootstrap call answers, and how members come to be."""

from __future__ import annotations

import pytest

from bootstrap.errors import Permanent, Transient
from estate.machines import Etcd
from rehearsal.canonical import settle
from rehearsal.faults import Fault, inject
from rehearsal.transitions import run_until
from rehearsal.world import World
from tests.rehearsal.worlds import begin_etcd, configured, do, node_of, on_machines, with_api


def etcd(world: World, name: str = "k8s-1") -> Etcd:
    return on_machines(world, lambda machines: machines.etcd(node_of(name)))


def bootstrap(world: World, name: str = "k8s-1") -> None:
    do(world, lambda site: begin_etcd(site, name))


def members(view: Etcd) -> list[str]:
    return sorted(member.hostname for member in view.members)


def test_there_is_no_etcd_before_it_is_begun() -> None:
    """Configured control planes wait: no member, no data, however long nobody asks."""
    world = configured()
    run_until(world, world.now + 86_400)
    for name in ("k8s-1", "k8s-2", "k8s-3"):
        assert etcd(world, name) == Etcd(running=False)
    assert world.etcds == {}


def test_one_call_makes_one_cluster_of_all_control_planes() -> None:
    """The others join by themselves; every member shows the same members, none a learner, one leader."""
    world = configured()
    bootstrap(world)
    settle(world)
    views = [etcd(world, name) for name in ("k8s-1", "k8s-2", "k8s-3")]
    assert all(view.running and members(view) == ["k8s-1", "k8s-2", "k8s-3"] for view in views)
    assert len({view.cluster_id for view in views}) == 1
    assert len({view.leader for view in views}) == 1
    assert not [member for view in views for member in view.members if member.learner]
    assert {member.address for member in views[0].members} == {"10.11.0.11", "10.11.0.12", "10.11.0.13"}


def test_members_join_as_learners_one_at_a_time() -> None:
    """Never two learners at once, and each of the two that join was one."""
    world = configured()
    bootstrap(world)
    learners: set[str] = set()
    for _ in range(200):
        run_until(world, world.now + 0.5)
        for cluster in world.etcds.values():
            now = [name for name, member in cluster["members"].items() if member["learner"]]
            assert len(now) <= 1
            learners.update(now)
    assert learners == {"k8s-2", "k8s-3"}


def test_a_second_call_is_answered_with_a_question() -> None:
    """ "etcd data directory is not empty" is transient: ask for members, do not trust (rule 1)."""
    world = with_api()
    for name in ("k8s-1", "k8s-2"):
        with pytest.raises(Transient, match="etcd data directory is not empty"):
            bootstrap(world, name)
    assert len(world.etcds) == 1


def test_a_call_that_is_sent_twice_makes_one_cluster() -> None:
    """Before the data directory is written the same node accepts the call again, to no further effect."""
    world = configured()
    bootstrap(world)
    bootstrap(world)
    settle(world)
    assert len(world.etcds) == 1


def test_two_nodes_make_two_clusters() -> None:
    """The simulated Talos is as dangerous as the real one: who asks two nodes gets two clusters (failure 14)."""
    world = configured()
    bootstrap(world, "k8s-1")
    bootstrap(world, "k8s-2")
    settle(world)
    assert len(world.etcds) == 2


def test_a_worker_is_not_asked() -> None:
    """A worker runs no etcd: for the call as for the question that is permanent."""
    world = configured()
    with pytest.raises(Permanent, match="only available on control plane nodes"):
        bootstrap(world, "k8s-4")
    with pytest.raises(Permanent, match="runs no etcd"):
        etcd(world, "k8s-4")


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("runtime", "bootstrap is not available yet"), ("time_synced", "time is not in sync yet")],
)
def test_a_machine_that_just_booted_asks_for_time(missing: str, sentence: str) -> None:
    """Without a container runtime or true time the call is refused for now (failure 11)."""
    world = configured()
    setattr(world.machines["k8s-1"], missing, False)
    with pytest.raises(Transient, match=sentence):
        bootstrap(world)
    assert world.effects[-1]["what"] != "bootstrap-etcd"


def test_a_call_lost_on_its_way_has_no_effect() -> None:
    """Lost before: nothing happened, and the next call is the first."""
    world = inject(configured(), [Fault("lost-before", "k8s-1", call="bootstrap")])
    with pytest.raises(Transient, match="before the call arrived"):
        bootstrap(world)
    settle(world)
    assert world.etcds == {}
    bootstrap(world)
    settle(world)
    assert len(world.etcds) == 1


def test_a_call_whose_answer_is_lost_has_its_effect() -> None:
    """Lost after: the client sees an error, and etcd begins all the same."""
    world = inject(configured(), [Fault("lost-after", "k8s-1", call="bootstrap")])
    with pytest.raises(Transient, match="before the answer came"):
        bootstrap(world)
    settle(world)
    assert members(etcd(world)) == ["k8s-1", "k8s-2", "k8s-3"]


def test_an_accepted_call_can_be_forgotten() -> None:
    """The node reboots over the call (siderolabs/talos#13924): it is accepted, and nothing comes of it but a reboot."""
    world = inject(configured(), [Fault("bootstrap-forgotten", "k8s-1")])
    bootstrap(world)
    settle(world)
    assert world.etcds == {}
    assert world.machines["k8s-1"].phase == "booting"
    bootstrap(world)
    settle(world)
    assert len(world.etcds) == 1


def test_etcd_survives_one_member_and_stops_without_two() -> None:
    """With one of three members gone there is a leader, with two gone there is none, and members come back."""
    world = with_api()
    inject(world, [Fault("node-dies", "k8s-1", at=world.now + 1, for_s=100)])
    inject(world, [Fault("node-dies", "k8s-2", at=world.now + 20, for_s=100)])
    run_until(world, world.now + 5)
    assert etcd(world, "k8s-3").leader
    run_until(world, world.now + 20)
    assert etcd(world, "k8s-3").leader == ""
    settle(world)
    assert etcd(world, "k8s-1").leader
    assert members(etcd(world, "k8s-1")) == ["k8s-1", "k8s-2", "k8s-3"]


def test_members_are_seen_only_where_etcd_runs() -> None:
    """A control plane that has not joined says so, instead of repeating what others know."""
    world = configured()
    bootstrap(world)
    while not world.etcds:
        run_until(world, world.now + 0.5)
    assert members(etcd(world, "k8s-1")) == ["k8s-1"]
    assert etcd(world, "k8s-3") == Etcd(running=False)
