"""kill -9 of a bootstrap on real components, again and again: the same command goes on, and the end is the same."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest

from inventory.load import load_cluster
from tests.commands.desk import REPOSITORY, Desk
from tests.lab.whole.evidence import acted, commands, journal
from tests.lab.whole.homelab import LAB, inside, lab_desk
from tests.lab.whole.walk import Walk, left_by

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("lab"), pytest.mark.timeout(5400)]

MAIN = load_cluster("main", REPOSITORY)
LEAST_KILLS = 25
MOST_KILLS = 80
SETTLE_S = 300.0
EARLY = {("talos_config_applied", "act"), ("etcd_bootstrapped", "act"), ("etcd_bootstrapped", "gate")}
ACCEPTED = {"etcd_generation_opened", "etcd_bootstrapped", "kubeconfig_fetched", "cluster_identity_pinned",
            "resources_applied", "crds_applied"}  # fmt: skip
"""Steps that are also killed between the accepted call and the first look at what it did."""


def test_killed_thrice_while_machines_and_etcd_come_up(own_desk: Desk) -> None:
    """In the act of applying, in the call that begins etcd, while etcd grows: one etcd of three voters in the end."""
    walk = Walk(own_desk, EARLY.__contains__, ("--until", "kubeconfig_fetched"))
    ended = walk.to_the_end(most=len(EARLY))
    assert ended.code == 0, ended.end_of_it
    assert set(walk.killed) == EARLY
    assert left_by(own_desk) == []
    assert _pins(own_desk)["etcd_node"] == ["k8s-1"]
    assert all("talosctl bootstrap" not in line or "10.11.0.11" in line for line in commands(own_desk))
    members = inside(own_desk, "talosctl -n 10.11.0.11 -e 10.11.0.11 etcd members").splitlines()[1:]
    assert sorted((row.split()[2], row.split()[-1]) for row in members) == [
        ("k8s-1", "false"), ("k8s-2", "false"), ("k8s-3", "false"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, set[str]]:
    """The final state of a bootstrap that nobody disturbed, and the steps that acted in it. Its lab is down again."""
    with lab_desk(tmp_path_factory.mktemp("straight")) as desk:
        ended = desk.run("bootstrap", *LAB)
        assert ended.code == 0, ended.end_of_it
        time.sleep(30)  # what Flux does after the end, it has done then
        return _final(desk), set(acted(desk))


@pytest.mark.full
def test_killed_at_every_act_and_gate_it_ends_as_if_nothing_had_happened(
    straight: tuple[Any, set[str]], own_desk: Desk
) -> None:
    """At least 25 kills in one walk: each act and each gate was killed once, and the final state is that of an
    undisturbed run; etcd was begun on one node, no process is left, and a further run finds nothing to do."""
    wanted, acting = straight
    walk = Walk(own_desk, lambda moment: moment[1] != "accepted" or moment[0] in ACCEPTED)
    ended = walk.to_the_end(MOST_KILLS)
    assert ended.code == 0, ended.end_of_it
    assert left_by(own_desk) == []
    assert len(walk.killed) >= LEAST_KILLS
    assert {name.partition("[")[0] for name in acting} <= {name for name, where in walk.killed if where == "act"}
    assert _gates(own_desk) <= {name for name, where in walk.killed if where == "gate"}
    assert [kind for kind, _ in journal(own_desk)].count("RunStarted") == len(walk.killed) + 1
    assert _pins(own_desk) == {"etcd_node": ["k8s-1"], "kube_system_uid": _pins(own_desk)["kube_system_uid"][:1]}
    _same(wanted, own_desk)
    acts = len(acted(own_desk))
    assert own_desk.run("bootstrap", *LAB).code == 0
    assert len(acted(own_desk)) == acts


def _gates(desk: Desk) -> set[str]:
    """Steps whose gate had to hold for a while in this walk."""
    return {fields["step"].partition("[")[0] for kind, fields in journal(desk) if kind == "Holding"}


def _pins(desk: Desk) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, fields in journal(desk):
        if kind == "Pinned":
            found.setdefault(fields["key"], []).append(fields["value"])
    return found


def _final(desk: Desk) -> Any:
    nodes = ",".join(str(node.address) for node in MAIN.nodes)
    control_planes = ",".join(str(node.address) for node in MAIN.control_planes)
    return json.loads(inside(desk, f"{sys.executable} -m tests.lab.whole.canonical {control_planes} {nodes}"))


def _same(wanted: Any, desk: Desk) -> None:
    """Flux goes on after a run's end: what it has not finished yet is waited for."""
    ends = time.monotonic() + SETTLE_S
    while (different := differences(wanted, _final(desk))) and time.monotonic() < ends:
        time.sleep(5)
    assert different == []


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Every place in which two states differ, with what each has there."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        return [line for key in keys for line in differences(one.get(key), other.get(key), f"{at} / {key}")]
    return [] if one == other else [f"{at}: {json.dumps(one)[:300]} is {json.dumps(other)[:300]}"]
