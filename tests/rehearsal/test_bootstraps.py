"""The real pipeline on the simulated world: done, the same each time, and the same after every kill."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from bootstrap.journal import MemoryJournal
from rehearsal.canonical import canonical_state, settle
from rehearsal.faults import Fault, faults_of, inject
from rehearsal.invariants import check
from rehearsal.killing_journal import Killed, KillingJournal
from rehearsal.world import World
from rehearsal.world_json import from_json, to_json
from tests.rehearsal.bootstraps import bootstrap
from tests.rehearsal.worlds import bare, cluster_of


@cache
def undisturbed(seed: int = 1) -> tuple[str, str, int]:
    """(the world's text at the end, its canonical state, number of journal writes) of a run that nobody disturbs."""
    world, journal = bare(seed), MemoryJournal()
    assert bootstrap(world, journal).exit_code == 0
    settle(world)
    assert check(world, cluster_of(), journal.stored) == ()
    return to_json(world), repr(canonical_state(world)), len(journal.stored)


@pytest.mark.parametrize("name", ["main", "staging"])
def test_bare_machines_become_a_cluster(name: str) -> None:
    """Both clusters of the inventory end with exit code 0 and every rule kept."""
    world, journal = bare(name=name), MemoryJournal()
    assert bootstrap(world, journal).exit_code == 0
    assert check(world, cluster_of(name), journal.stored) == ()
    assert all(machine.node_ready for machine in world.machines.values())


def test_the_same_seed_is_the_same_run() -> None:
    """Every event at every moment, and the whole world down to its uids."""
    runs = []
    for _ in range(2):
        world, journal = bare(7), MemoryJournal()
        bootstrap(world, journal)
        runs.append((journal.stored, to_json(world)))
    assert runs[0] == runs[1]


def test_another_seed_is_another_run_to_the_same_state() -> None:
    """Latencies differ, and what is true in the end does not."""
    one, other = undisturbed(1), undisturbed(2)
    assert one[0] != other[0]
    assert one[1] == other[1]


def test_the_same_faults_are_the_same_run() -> None:
    """A campaign can be repeated: seed and faults give the same events."""
    runs = []
    for _ in range(2):
        world, journal = inject(bare(4), faults_of(4, cluster_of())), MemoryJournal()
        result = bootstrap(world, journal, confirm=True)
        runs.append((result.exit_code, journal.stored, to_json(world)))
    assert runs[0] == runs[1]
    assert faults_of(4, cluster_of())


def writes() -> list[int]:
    """Every seventh journal write, the first and the last: all of them are another room's test."""
    last = undisturbed()[2]
    return sorted({1, 2, last, *range(3, last, 7)})


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "lost"])
def test_a_killed_run_goes_on_to_the_same_state(stored: bool) -> None:
    """Killed at a write, the world stored and read again, then the same command: same state, every rule kept."""
    for write in writes():
        world, journal = bare(), MemoryJournal()
        with pytest.raises(Killed):
            bootstrap(world, KillingJournal(journal, write, stored=stored))
        world = from_json(to_json(world))
        assert bootstrap(world, journal).exit_code == 0, write
        settle(world)
        assert repr(canonical_state(world)) == undisturbed()[1], write
        assert check(world, cluster_of(), journal.stored) == (), write


def test_a_lost_journal_leaves_the_world_to_decide() -> None:
    """Killed anywhere and the journal deleted: the next run looks at the world, and ends in the same state."""
    for write in writes()[::3]:
        world = bare()
        with pytest.raises(Killed):
            bootstrap(world, KillingJournal(MemoryJournal(), write, stored=True))
        assert bootstrap(world).exit_code == 0, write
        settle(world)
        assert repr(canonical_state(world)) == undisturbed()[1], write


def test_a_second_run_does_nothing() -> None:
    """On a finished world nothing is asked for again."""
    world = from_json(undisturbed()[0])
    before = list(world.effects)
    assert bootstrap(world).exit_code == 0
    assert world.effects == before


@pytest.mark.parametrize("node", ["k8s-1", "k8s-3", "k8s-6"])
@pytest.mark.parametrize("at", [4.0, 60.0, 130.0, 190.0, 330.0])
def test_a_node_that_dies_and_comes_back_changes_nothing_in_the_end(node: str, at: float) -> None:
    """Wherever the power fails for half a minute: same state, every rule kept."""
    world, journal = inject(bare(), [Fault("node-dies", node, at=at, for_s=30)]), MemoryJournal()
    assert bootstrap(world, journal).exit_code == 0
    settle(world)
    assert repr(canonical_state(world)) == undisturbed()[1]
    assert check(world, cluster_of(), journal.stored) == ()


HARMLESS: list[tuple[str, dict[str, Any]]] = [
    *((kind, {"call": call}) for kind in ("lost-before", "lost-after") for call in (
        "apply", "bootstrap", "kubeconfig", "kubernetes-apply", "sync", "resolve", "write")),
    ("bootstrap-forgotten", {"where": "k8s-1"}),
    ("api-flaps", {"at": 200.0, "for_s": 40.0}),
    ("registry-down", {"at": 170.0, "for_s": 90.0}),
    ("slow-pull", {"where": "cilium", "for_s": 120.0}),
    ("failing-pull", {"where": "coredns", "for_s": 300.0}),
    ("vault-away", {"for_s": 40.0}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "how"), HARMLESS, ids=str)
def test_what_heals_by_itself_changes_nothing_in_the_end(kind: str, how: dict[str, Any]) -> None:
    """Lost calls and passing outages: the run ends done, in the same state, with every rule kept."""
    world, journal = inject(bare(), [Fault(kind, **how)]), MemoryJournal()
    assert bootstrap(world, journal).exit_code == 0
    settle(world)
    assert repr(canonical_state(world)) == undisturbed()[1]
    assert check(world, cluster_of(), journal.stored) == ()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("foreign", "k8s-2"), 3),
        (Fault("wrong-mac", "k8s-5"), 3),
        (Fault("disk-data", "k8s-4=ceph"), 3),
        (Fault("node-dies", "k8s-1", at=1.0), 1),
        (Fault("failing-pull", "cilium/cilium"), 1),
        (Fault("empty-backup"), 4),
    ],
    ids=lambda value: str(getattr(value, "kind", value)),
)
def test_what_does_not_heal_has_its_exit_code(fault: Fault, code: int) -> None:
    """Refused by a guard, failed, or done with named exceptions; and no rule is broken on the way."""
    world, journal = inject(bare(), [fault]), MemoryJournal()
    assert bootstrap(world, journal).exit_code == code
    assert check(world, cluster_of(), journal.stored) == ()


def test_a_refused_run_touches_nothing() -> None:
    """Rule 9: a preflight that fails leaves no effect in the world."""
    world = inject(bare(), [Fault("foreign", "k8s-2")])
    assert bootstrap(world).exit_code == 3
    assert world.effects == []


def test_consent_lets_a_disk_be_overwritten() -> None:
    """Asked on one screen, agreed to, and only then done."""
    world = inject(bare(), [Fault("disk-data", "k8s-4=ceph")])
    journal = MemoryJournal()
    assert bootstrap(world, journal, confirm=True).exit_code == 0
    assert len(world.asked) == 1
    assert check(world, cluster_of(), journal.stored) == ()


def test_dead_nodes_can_be_gone_without() -> None:
    """Main with a dead control plane and a dead worker: done, with both named."""
    world = bare()
    inject(world, [Fault("node-dies", "k8s-2"), Fault("node-dies", "k8s-6")])
    result = bootstrap(world, without=("k8s-2", "k8s-6"))
    assert result.exit_code == 4
    assert {"k8s-2", "k8s-6"} <= {word for text in result.exceptions for word in text.split()}
    assert sorted(members(world)) == ["k8s-1", "k8s-3"]


def members(world: World) -> list[str]:
    return list(next(iter(world.etcds.values()))["members"])


def test_many_seeds_with_faults_keep_every_rule() -> None:
    """Thirty made-up worlds: each run ends with a code, and no invariant is broken."""
    for seed in range(100, 130):
        world, journal = inject(bare(seed), faults_of(seed, cluster_of())), MemoryJournal()
        result = bootstrap(world, journal, confirm=True)
        assert result.exit_code in (0, 1, 3, 4), seed
        assert check(world, cluster_of(), journal.stored) == (), seed
