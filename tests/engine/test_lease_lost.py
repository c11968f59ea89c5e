"""The lease: a run that lost it, or may have lost it, does not act; one that proves it again goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from bootstrap.errors import LeaseLost, Permanent
from bootstrap.events import Acting, Entry
from bootstrap.journal import MemoryJournal
from bootstrap.runner import Runner
from bootstrap.step import Step
from tests.engine.toy import ToyClock, ToyLease, Walked, World, fact, run, walk


def chain(world: World) -> list[Step]:
    return [fact(world, "a", takes_s=40.0), fact(world, "b", "a", takes_s=40.0), fact(world, "c", "b", takes_s=40.0)]


def walked_with(world: World, at_s: float, happens: Callable[[ToyLease, ToyClock], None]) -> tuple[Walked, ToyLease]:
    """Three acts of 40 s; at `at_s` something happens to the lease."""
    clock = ToyClock()
    lease = ToyLease(clock=clock)

    async def later(_: Runner) -> None:
        await asyncio.sleep(at_s)
        happens(lease, clock)

    return run(walk(chain(world), lease=lease, clock=clock, during=later)), lease


def stolen(lease: ToyLease, _: ToyClock) -> None:
    lease.stolen = True


def stolen_while_asleep(lease: ToyLease, clock: ToyClock) -> None:
    lease.ends = clock.now() + 60.0
    clock.jump(300.0)
    lease.stolen = True


def silent_until_it_ran_out(lease: ToyLease, clock: ToyClock) -> None:
    lease.ends = clock.now() + 40.0
    lease.silent = True


@pytest.mark.parametrize(
    ("happens", "ends_s"), [(stolen, 60.0), (stolen_while_asleep, 60.0), (silent_until_it_ran_out, 90.0)]
)
def test_a_lost_lease_ends_the_run_at_the_next_heartbeat(
    happens: Callable[[ToyLease, ToyClock], None], ends_s: float
) -> None:
    """Running acts are cancelled, nothing acts or is journaled afterwards, exit code 3, and the reason is said."""
    world = World()
    walked, _ = walked_with(world, 50.0, happens)
    assert walked.result.exit_code == 3
    assert "lease" in walked.result.stopped
    assert walked.ended == pytest.approx(ends_s, abs=0.1)
    assert world.busy == 0
    assert walked.entries[-1].event in {entry.event for entry in walked.entries if isinstance(entry.event, Acting)}


def test_no_act_begins_between_the_jump_and_the_next_heartbeat() -> None:
    """A laptop wakes up right before an act, and another run took over meanwhile: the act is not begun."""
    world = World()
    walked, _ = walked_with(world, 39.5, stolen_while_asleep)
    assert world.effects == ["a"]
    assert walked.result.exit_code == 3
    assert walked.ended == pytest.approx(40.0, abs=0.1)


def test_a_lease_that_is_still_ours_after_a_jump_is_renewed_before_the_act() -> None:
    """Nobody took it while the laptop slept: proven again first, then the run goes on."""
    world = World()

    def asleep(lease: ToyLease, clock: ToyClock) -> None:
        lease.ends = clock.now() + 60.0
        clock.jump(120.0)

    walked, lease = walked_with(world, 39.5, asleep)
    assert walked.result.exit_code == 0
    assert world.effects == ["a", "b", "c"]
    assert lease.renewed > 120 // 15


def test_a_store_that_does_not_answer_is_no_loss_while_the_lease_runs() -> None:
    """Renewing fails for a while, the end is far: the run goes on and ends well."""
    world = World()

    def silent(lease: ToyLease, clock: ToyClock) -> None:
        lease.ends = clock.now() + 600.0
        lease.silent = True

    walked, lease = walked_with(world, 20.0, silent)
    assert walked.result.exit_code == 0
    assert world.effects == ["a", "b", "c"]
    assert lease.ends < 1000.0


def test_no_act_while_nobody_can_say_whose_the_cluster_is() -> None:
    """The lease ran out and the store is silent: the step asks again, and acts only once the store has answered."""
    world, clock = World(), ToyClock()
    lease = ToyLease(clock=clock, heartbeat_s=1000.0, ends=5.0, silent=True)

    async def answers_later(_: Runner) -> None:
        await asyncio.sleep(30.0)
        assert world.effects == ["a"]
        lease.silent = False

    steps = [fact(world, "a", takes_s=6.0), fact(world, "b", "a")]
    walked = run(walk(steps, lease=lease, clock=clock, during=answers_later))
    assert world.effects == ["a", "b"]
    assert walked.result.exit_code == 0
    assert walked.ended >= 30.0


def test_a_lease_store_that_fails_for_good_ends_the_run() -> None:
    """The heartbeat's own permanent error stops the run with its sentence; it does not die unheard."""

    class Damaged(ToyLease):
        def renew(self) -> None:
            raise Permanent("the lease's file is damaged", "look at it")

    world = World()
    walked = run(walk(chain(world), lease=Damaged()))
    assert walked.result.exit_code == 1
    assert walked.result.stopped == "the lease's file is damaged"
    assert walked.ended == pytest.approx(15.0, abs=0.1)


def test_a_journal_that_knows_of_a_newer_holder_stops_the_run() -> None:
    """The fencing check of an append is heard like a heartbeat: at once, and nothing is written."""

    class Fenced(MemoryJournal):
        def append(self, entries: Sequence[Entry], *, fencing: int, durable: bool) -> None:
            if len(self.stored) >= 6:
                raise LeaseLost("fencing number 1 is not the present one: the lease is another's", "end")
            super().append(entries, fencing=fencing, durable=durable)

    world, journal = World(), Fenced()
    steps = [*chain(world), fact(world, "beside", takes_s=300.0)]
    walked = run(walk(steps, journal=journal))
    assert walked.result.exit_code == 3
    assert len(journal.stored) == 6
    assert world.effects == ["a", "beside"]
    assert walked.ended == pytest.approx(40.0, abs=0.1)
