"""The invariants: each is silent on a right world, and speaks when its rule is broken."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from bootstrap.events import Entry, Pinned, RunStarted
from bootstrap.journal import MemoryJournal
from rehearsal.invariants import check
from rehearsal.virtual_time import EPOCH
from rehearsal.world import World
from rehearsal.world_json import from_json, to_json
from tests.rehearsal.bootstraps import bootstrap
from tests.rehearsal.worlds import bare, cluster_of

Break = Callable[[World], None]


@cache
def _finished() -> tuple[str, tuple[Entry, ...]]:
    world, journal = bare(), MemoryJournal()
    assert bootstrap(world, journal).exit_code == 0
    return to_json(world), tuple(journal.stored)


def finished() -> tuple[World, tuple[Entry, ...]]:
    """A bootstrapped world of this test's own, and its journal."""
    text, entries = _finished()
    return from_json(text), entries


def found(world: World, entries: tuple[Entry, ...] = (), drift: tuple[str, ...] = ()) -> str:
    return "\n".join(check(world, cluster_of(), entries, drift))


def test_a_right_run_breaks_no_rule() -> None:
    """Silence, with the journal and without it."""
    world, entries = finished()
    assert found(world) == ""
    assert found(world, entries) == ""


def test_a_bare_world_breaks_no_rule() -> None:
    """Where nothing happened nothing is wrong."""
    assert found(bare()) == ""


def second_etcd(world: World) -> None:
    world.etcds["other"] = {"members": {}}


def bootstrap_elsewhere(world: World) -> None:
    world.effect("bootstrap-etcd", "k8s-2", "", "booting", macs=world.machines["k8s-2"].macs)


def stranger(world: World) -> None:
    world.effect("apply-config", "k8s-9", "", "maintenance", macs=[], holds=None, had="", pki=_pki(world))


def wrong_mac(world: World) -> None:
    _configured(world, macs=["02:00:00:00:00:01"])


def foreign(world: World) -> None:
    world.machines["k8s-4"].foreign = True


def other_credentials(world: World) -> None:
    world.effect("apply", "v1/Namespace x", "f" * 64)


def no_consent(world: World) -> None:
    _configured(world, holds="ceph")


def other_pki(world: World) -> None:
    _configured(world, pki=["other", "other", "other"])


def flux_release(world: World) -> None:
    world.effect("helm-sync", "kube-system/cilium", _ca(world), "1.20.1", "1.20.1", owner="flux")


def lowered(world: World) -> None:
    world.effect("helm-sync", "kube-system/cilium", _ca(world), "1.20.1", "1.19.0", owner="")


def changed_member(world: World) -> None:
    _configured(world, before="running", detail="new", had="old")


def _configured(world: World, before: str = "maintenance", detail: str = "digest", **facts: object) -> None:
    machine = world.machines["k8s-4"]
    known: dict[str, object] = {"macs": machine.macs, "holds": None, "had": "", "pki": _pki(world)}
    world.effect("apply-config", "k8s-4", machine.talos_ca, before, detail, **(known | facts))


def _pki(world: World) -> object:
    return next(effect["pki"] for effect in world.effects if effect["what"] == "apply-config")


def _ca(world: World) -> str:
    return world.machines["k8s-1"].cluster_ca


BROKEN: list[tuple[Break, str]] = [
    (second_etcd, "rule 1: there are 2 etcd clusters at once"),
    (bootstrap_elsewhere, "rule 1: etcd was begun on k8s-1 and on k8s-2"),
    (stranger, "rule 2: apply-config on k8s-9, which is not in the inventory"),
    (wrong_mac, "rule 2: apply-config on k8s-4 with MAC 02:00:00:00:00:01"),
    (foreign, "rule 2: apply-config on k8s-4, which belongs to another cluster"),
    (other_credentials, "rule 2: apply on v1/Namespace x with credentials of another cluster"),
    (no_consent, "rule 7: ceph data on k8s-4 was overwritten without consent"),
    (other_pki, "rule 8: k8s-4 got another PKI"),
    (flux_release, "rule 10: release kube-system/cilium was synced although Flux owns it"),
    (lowered, "rule 13: release kube-system/cilium was lowered from 1.20.1 to 1.19.0"),
    (changed_member, "rule 13: the machine config of k8s-4 was changed while it was running"),
]


@pytest.mark.parametrize(("break_it", "sentence"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_rule_is_named(break_it: Break, sentence: str) -> None:
    """The rule, the target and what happened; nothing else is said to be wrong."""
    world, _ = finished()
    break_it(world)
    said = check(world, cluster_of())
    assert len(said) == 1
    assert said[0].startswith(sentence)


def test_what_the_operator_asked_for_is_no_drift() -> None:
    """--apply-drift lets the config of the named node be changed."""
    world, _ = finished()
    changed_member(world)
    assert found(world, drift=("k8s-4",)) == ""
    assert "rule 13" in found(world, drift=("k8s-5",))


def test_a_release_that_was_taken_back_may_be_synced() -> None:
    """--take-back names it; any other stays Flux's."""
    world, _ = finished()
    flux_release(world)
    assert check(world, cluster_of(), taken_back=["cilium"]) == ()
    assert check(world, cluster_of(), taken_back=["coredns"]) != ()


def test_consent_makes_an_overwrite_right() -> None:
    """Agreed to before, not after, and for that machine."""
    world, _ = finished()
    no_consent(world)
    world.asked.append({"at": world.now + 1, "items": ["install:k8s-4:x:ceph"], "agreed": True})
    assert "rule 7" in found(world)
    world.asked[-1]["at"] = 0.0
    assert found(world) == ""
    world.asked[-1]["agreed"] = False
    assert "rule 7" in found(world)
    world.asked[-1] |= {"agreed": True, "items": ["install:k8s-5:x:ceph"]}
    assert "rule 7" in found(world)


def test_a_replaced_node_may_be_followed_by_another() -> None:
    """With the operator's consent etcd may be begun elsewhere."""
    world, _ = finished()
    bootstrap_elsewhere(world)
    world.asked.append({"at": 0.0, "items": ["replace-etcd-node:k8s-1"], "agreed": True})
    assert found(world) == ""


def test_a_new_life_of_the_machines_may_begin_elsewhere() -> None:
    """After all machines were wiped, another node and another PKI are right."""
    world, _ = finished()
    world.resets += 1
    bootstrap_elsewhere(world)
    other_pki(world)
    assert found(world) == ""


def test_etcd_is_not_begun_before_it_is_pinned() -> None:
    """The pin must be in the journal when the call is made, and must name the node."""
    world, entries = finished()
    without = tuple(entry for entry in entries if not isinstance(entry.event, Pinned))
    assert "rule 1: etcd was begun on k8s-1 before that was pinned" in found(world, without)
    late = tuple(
        Entry(entry.run, entry.at + 500, entry.event) if isinstance(entry.event, Pinned) else entry for entry in entries
    )
    assert "rule 1: etcd was begun on k8s-1 before that was pinned" in found(world, late)


def started(run: str, at: float, fencing: int) -> Entry:
    return Entry(run, EPOCH + at, RunStarted("main", "rehearsal", "c", fencing, "test", {}))


def test_fencing_numbers_do_not_go_back() -> None:
    """A run with an older number than one before it went on although it had lost the lease."""
    world, entries = finished()
    assert found(world, (*entries, started("b", 900, 2))) == ""
    assert "rule 6: run c began with fencing number 1, after 2" in found(
        world, (*entries, started("b", 900, 2), started("c", 901, 1))
    )


def test_nothing_is_begun_after_the_lease_was_lost() -> None:
    """Until another run begins, an effect after the theft is a broken rule."""
    world, entries = finished()
    world.now += 10
    world.effect("lease-stolen", "lease", "another operator")
    assert found(world, entries) == ""
    world.now += 10
    other = _ca(world)
    world.effect("apply", "v1/Namespace x", other)
    assert "rule 6: apply on v1/Namespace x after the lease was lost" in found(world, entries)
    assert found(world, (*entries, started("b", world.now - 5, 2))) == ""
