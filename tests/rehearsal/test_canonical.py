"""The canonical state: what docs/canonical-state.md says is compared is seen, and what it leaves out is not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from rehearsal.canonical import canonical_state, settle
from rehearsal.objects import DAEMON_SET, POD
from rehearsal.world import World
from rehearsal.world_json import from_json, to_json
from tests.rehearsal.worlds import everything

Change = Callable[[World], object]


def daemon_set(world: World) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = world.objects[DAEMON_SET]["kube-system/cilium"]
    return found


def a_pod(world: World) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = next(iter(world.objects[POD].values()))
    return found


SEEN: dict[str, Change] = {
    "a machine's phase": lambda w: setattr(w.machines["k8s-1"], "phase", "off"),
    "a machine's config": lambda w: setattr(w.machines["k8s-1"], "digest", "other"),
    "a machine's Talos": lambda w: setattr(w.machines["k8s-1"], "talos_version", "v9.9.9"),
    "a machine's identity": lambda w: setattr(w.machines["k8s-1"], "cluster_ca", "other"),
    "a disk's content": lambda w: w.machines["k8s-4"].disks[1].update(content="ceph"),
    "a condition of a machine": lambda w: setattr(w.machines["k8s-1"], "node_ready", False),
    "an etcd member less": lambda w: next(iter(w.etcds.values()))["members"].pop("k8s-3"),
    "a learner": lambda w: next(iter(w.etcds.values()))["members"]["k8s-3"].update(learner=True),
    "a second etcd": lambda w: w.etcds.update(other={"members": {}}),
    "an API server": lambda w: setattr(w.machines["k8s-2"], "serves_api", False),
    "the virtual address": lambda w: setattr(w, "vip_up", False),
    "an object's spec": lambda w: daemon_set(w)["spec"].update(more=1),
    "an object's labels": lambda w: daemon_set(w)["metadata"].update(labels={}),
    "an object's readiness": lambda w: daemon_set(w)["status"].update(numberReady=5),
    "an object less": lambda w: w.objects[DAEMON_SET].pop("kube-system/cilium"),
    "a pod less": lambda w: w.objects[POD].pop(next(iter(w.objects[POD]))),
    "a pod that is not ready": lambda w: a_pod(w)["status"].update(phase="Pending"),
    "a seed's value": lambda w: w.objects["v1/Secret"]["flux-system/cluster-secrets"]["data"].update(SECRET_DOMAIN="x"),
    "who applied": lambda w: w.applied["v1/Namespace system"].update(other={}),
    "a release's status": lambda w: w.releases["kube-system/cilium"].update(status="failed"),
    "a release's version": lambda w: w.releases["kube-system/cilium"].update(version="9"),
    "a release's owner": lambda w: w.releases["kube-system/cilium"].update(owner=""),
    "a file": lambda w: w.files.update(more="x"),
    "the commit": lambda w: setattr(w.repository, "commit", "0" * 40),
}
UNSEEN: dict[str, Change] = {
    "the moment": lambda w: setattr(w, "now", w.now + 1000),
    "a uid": lambda w: daemon_set(w)["metadata"].update(uid="other"),
    "a resource version": lambda w: daemon_set(w)["metadata"].update(resourceVersion="9999"),
    "a generation": lambda w: daemon_set(w)["metadata"].update(generation=7),
    "a creation time": lambda w: daemon_set(w)["metadata"].update(creationTimestamp="later"),
    "a pod's name": lambda w: a_pod(w)["metadata"].update(name="other"),
    "a pod's address": lambda w: a_pod(w)["status"].update(podIP="10.42.9.9"),
    "etcd's ids": lambda w: [m.update(id="0") for c in w.etcds.values() for m in c["members"].values()],
    "Helm's revision": lambda w: w.releases["kube-system/cilium"].update(revision=17),
    "counts of calls": lambda w: w.calls.update(more=3),
    "effects": lambda w: w.effects.clear(),
    "what was asked": lambda w: w.asked.append({"at": 0, "items": [], "agreed": True}),
    "the numbering": lambda w: setattr(w, "serial", w.serial + 100),
}


@pytest.mark.parametrize("what", SEEN)
def test_what_counts_is_seen(what: str) -> None:
    """Each of these makes it another state."""
    world = everything()
    before = canonical_state(world)
    changed = from_json(to_json(world))
    SEEN[what](changed)
    assert canonical_state(changed) != before


@pytest.mark.parametrize("what", UNSEEN)
def test_what_does_not_count_is_not_seen(what: str) -> None:
    """None of these does."""
    world = everything()
    before = canonical_state(world)
    UNSEEN[what](world)
    assert canonical_state(world) == before


def test_it_is_json() -> None:
    """A report can hold it."""
    state = canonical_state(everything())
    assert json.loads(json.dumps(state)) == state


def test_looking_changes_nothing() -> None:
    """The world is the same afterwards."""
    world = everything()
    before = to_json(world)
    canonical_state(world)
    assert to_json(world) == before


def test_a_world_that_does_not_rest_is_told() -> None:
    """A node that cannot register tries for ever: that is no final state."""
    world = everything()
    world.api_up = False
    world.machines["k8s-4"].registered_in = -1
    world.schedule(1.0, "node_registered", "k8s-4", world.machines["k8s-4"].life)
    with pytest.raises(RuntimeError, match="does not rest: node_registered"):
        settle(world, 600)


def test_a_world_at_rest_stays_as_it_is() -> None:
    """Nothing is scheduled after everything has come up."""
    world = everything()
    before = to_json(world)
    settle(world)
    assert to_json(world) == before
