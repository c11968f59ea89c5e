"""Faults as data, the seeded ones, and the journal that kills."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bootstrap.errors import Transient
from bootstrap.events import Entry, Verifying
from bootstrap.journal import MemoryJournal
from bootstrap.secret import Secret
from rehearsal.faults import CALLS, KINDS, Fault, faults_of, inject
from rehearsal.killing_journal import Killed, KillingJournal
from rehearsal.transitions import run_until
from rehearsal.world_json import from_json, to_json
from steps.site import Site
from tests.rehearsal.worlds import bare, cluster_of, do


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault("meteor"), "there is no fault 'meteor'"),
        (Fault("node-dies", "k8s-9"), "there is no machine 'k8s-9'"),
        (Fault("foreign", ""), "there is no machine ''"),
        (Fault("disk-data", "nobody=ceph"), "there is no machine 'nobody'"),
        (Fault("wrong-mac", "x"), "there is no machine 'x'"),
    ],
)
def test_a_fault_that_means_nothing_is_refused(fault: Fault, sentence: str) -> None:
    """A misspelt fault must not pass as a world without faults."""
    with pytest.raises(ValueError, match=sentence):
        inject(bare(), [fault])


def test_faults_outlive_the_process() -> None:
    """They are part of the stored world, with what they have done so far."""
    world = from_json(to_json(inject(bare(), [Fault("lost-before", "vault", call="resolve", nth=2)])))

    async def work(site: Site) -> int:
        await site.estate.secrets.resolve(frozenset())
        return len(world.faults)

    assert do(world, work) == 1
    world = from_json(to_json(world))

    async def again(site: Site) -> None:
        with pytest.raises(Transient, match="before the call arrived"):
            await site.estate.secrets.resolve(frozenset())
        await site.estate.secrets.resolve(frozenset())

    do(world, again)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_exactly_the_nth_call_is_lost(nth: int) -> None:
    """Counted over all targets where none is named."""
    world = inject(bare(), [Fault("lost-before", call="write", nth=nth)])

    async def work(site: Site) -> list[str]:
        outcomes: list[str] = []
        for path in ("a", "b", "a", "c"):
            try:
                await site.estate.workstation.write_private(path, Secret("x"))
                outcomes.append("written")
            except Transient:
                outcomes.append("lost")
        return outcomes

    outcomes = do(world, work)
    assert [number for number, outcome in enumerate(outcomes, 1) if outcome == "lost"] == [nth]


def test_a_call_that_is_lost_at_one_target_reaches_the_others() -> None:
    """`where` names the target."""
    world = inject(bare(), [Fault("lost-after", "k8s-2", call="apply")])

    async def work(site: Site) -> list[str]:
        machines, lost = await site.machines(), []
        for node in site.nodes:
            try:
                await machines.apply(node, await site.machine_config(node))
            except Transient:
                lost.append(node.name)
        return lost

    assert do(world, work) == ["k8s-2"]
    assert {machine.phase for machine in world.machines.values()} == {"installing"}


@pytest.mark.parametrize("content", ["talos", "ceph", "ext4"])
def test_a_disk_can_hold_data(content: str) -> None:
    """Of the machine that is named, and of no other."""
    world = inject(bare(), [Fault("disk-data", f"k8s-5={content}")])
    held = {name: machine.disks[0]["content"] for name, machine in world.machines.items()}
    assert held == dict.fromkeys(world.machines) | {"k8s-5": content}


def test_an_outage_has_a_beginning_and_an_end() -> None:
    """Of registry and vault: from `at`, for `for_s`."""
    faults = [Fault("registry-down", at=10, for_s=5), Fault("vault-away", at=20, for_s=5)]
    world = inject(bare(), faults)
    states: list[tuple[bool, bool]] = []
    for moment in (5, 12, 17, 22, 27):
        run_until(world, moment)
        states.append((world.registry_down_until > world.now, world.vault_away_until > world.now))
    assert states == [(False, False), (True, False), (False, False), (False, True), (False, False)]


def test_a_stolen_lease_calls_who_holds_it() -> None:
    """What it means is bound by the rehearsal; the theft is in the log."""
    world, stolen = inject(bare(), [Fault("lease-stolen", at=30)]), list[float]()

    async def work(site: Site) -> None:
        await site.commit()
        await asyncio.sleep(60)

    do(world, work, on_lease_stolen=lambda: stolen.append(world.now))
    assert stolen == [30]
    assert [effect["what"] for effect in world.effects] == ["lease-stolen"]


def test_a_lease_nobody_holds_is_not_stolen() -> None:
    """Without a holder the fault means nothing, and the log stays empty."""
    world = inject(bare(), [Fault("lease-stolen", at=1)])
    do(world, lambda site: site.commit())
    run_until(world, 5)
    assert world.effects == []


def test_seeded_faults_are_the_same_for_the_same_seed() -> None:
    """And differ between seeds."""
    assert faults_of(3, cluster_of()) == faults_of(3, cluster_of())
    assert len({faults_of(seed, cluster_of()) for seed in range(50)}) > 30


def test_seeded_faults_cover_every_kind_and_call() -> None:
    """In a thousand seeds each kind comes up, each call is lost, and some worlds have no fault at all."""
    made = [faults_of(seed, cluster_of()) for seed in range(1000)]
    kinds = Counter(fault.kind for faults in made for fault in faults)
    assert set(kinds) == set(KINDS)
    assert {fault.call for faults in made for fault in faults} - {""} == set(CALLS)
    assert sum(not faults for faults in made) > 50


def test_seeded_faults_can_be_injected() -> None:
    """Every one of them means something in the world of its cluster."""
    for seed in range(200):
        for name in ("main", "staging"):
            world = bare(seed, name)
            assert len(inject(world, faults_of(seed, cluster_of(name))).faults) <= 4


def entry(number: int) -> Entry:
    return Entry("run", float(number), Verifying(f"step{number}"))


@pytest.mark.parametrize(("stored", "kept"), [(True, 3), (False, 2)])
def test_the_killing_journal_ends_at_its_write(stored: bool, kept: int) -> None:
    """Up to the write all is stored; the write itself as asked; after it nothing ever again."""
    inner = MemoryJournal()
    journal = KillingJournal(inner, 3, stored=stored)
    for number in (1, 2):
        journal.append([entry(number)], fencing=1, durable=False)
    for number in (3, 4, 5):
        with pytest.raises(Killed):
            journal.append([entry(number)], fencing=1, durable=True)
    assert list(journal.entries()) == [entry(number) for number in range(1, kept + 1)]


def test_a_kill_cannot_be_caught_as_an_error() -> None:
    """No `except Exception` stands in its way."""
    assert not issubclass(Killed, Exception)


def test_only_a_journal_that_lives_is_closed() -> None:
    """A killed process closes nothing; one that ends well does."""
    closed: list[int] = []

    class Closing(MemoryJournal):
        def close(self) -> None:
            closed.append(1)

    for at in (1, 9):
        journal = KillingJournal(Closing(), at, stored=True)
        if at == 1:
            with pytest.raises(Killed):
                journal.append([entry(1)], fencing=1, durable=True)
        journal.close()
    assert closed == [1]
