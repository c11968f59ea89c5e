"""What every lease promises: one holder, growing numbers, an end by the clock that counts suspension."""

from __future__ import annotations

import pytest

from bootstrap.errors import LeaseLost, Refused
from bootstrap.lease import assure
from bootstrap.leases.term import HEARTBEAT_S, TTL_S
from tests.lease.stage import ANNA, BERT, SUBJECT, Stage


def test_a_second_run_is_refused_and_told_all_that_it_needs(stage: Stage) -> None:
    """Who, where, which process, since when, last heartbeat, when it runs out, and what to do."""
    stage.held(ANNA)
    with pytest.raises(Refused) as refused:
        stage.lease(BERT).acquire()
    assert not isinstance(refused.value, LeaseLost)
    for told in (SUBJECT, "anna", "desk", "pid 4711", "since 20", "last heartbeat 20", "runs out at 20"):
        assert told in refused.value.sentence
    assert "Ctrl-C" in refused.value.next_action


def test_a_refused_run_disturbs_nothing(stage: Stage) -> None:
    """The holder still holds, with the same number."""
    first = stage.held()
    number = first.fencing
    with pytest.raises(Refused):
        stage.lease(BERT).acquire()
    first.check()
    first.renew()
    assert first.fencing == number


def test_the_number_grows_with_every_holder_and_is_never_reused(stage: Stage) -> None:
    """Given back or not, the next holder's number is higher."""
    numbers = []
    for _ in range(4):
        lease = stage.held()
        numbers.append(lease.fencing)
        lease.release()
    assert numbers == [1, 2, 3, 4]


def test_it_is_free_once_it_was_given_back(stage: Stage) -> None:
    """The next run need not wait for the end."""
    stage.held().release()
    stage.held(BERT).check()


def test_giving_back_twice_or_never_taken_does_no_harm(stage: Stage) -> None:
    """Release never raises, and never gives back what is another's."""
    first = stage.held()
    stage.lease().release()
    with pytest.raises(Refused):
        stage.lease(BERT).acquire()
    first.release()
    second = stage.held(BERT)
    first.release()
    second.check()
    second.renew()


def test_without_it_no_act_begins(stage: Stage) -> None:
    """Neither before it was taken nor after it was given back."""
    lease = stage.lease()
    with pytest.raises(LeaseLost):
        lease.check()
    lease.acquire()
    lease.check()
    lease.release()
    with pytest.raises(LeaseLost):
        lease.check()


def test_it_runs_out_by_its_own_clock_unless_it_is_renewed(stage: Stage) -> None:
    """Up to the end it holds, at the end it does not."""
    lease = stage.held()
    stage.let_time_pass(TTL_S - 1)
    lease.check()
    lease.renew()
    stage.let_time_pass(TTL_S - 1)
    lease.check()
    stage.let_time_pass(1)
    with pytest.raises(LeaseLost, match="ran out"):
        lease.check()


def test_the_heartbeat_leaves_room_for_missed_ones(stage: Stage) -> None:
    """Two heartbeats may fail before the end comes near."""
    assert stage.lease().heartbeat_s == HEARTBEAT_S <= TTL_S / 4


def test_suspended_and_not_taken_it_is_proven_again_and_goes_on(stage: Stage) -> None:
    """A closed laptop: check refuses, the store is asked, the same number goes on."""
    lease = stage.held()
    number = lease.fencing
    stage.let_time_pass(3 * TTL_S)
    with pytest.raises(LeaseLost):
        lease.check()
    assure(lease)
    lease.check()
    assert lease.fencing == number


def test_suspended_and_taken_meanwhile_it_is_lost_for_good(rows: Stage) -> None:
    """The one who woke up must not act again, and cannot renew; the other one is not disturbed."""
    first = rows.held(ANNA)
    rows.let_time_pass(TTL_S)
    second = rows.held(BERT)
    for attempt in (first.check, first.renew, lambda: assure(first), first.check):
        with pytest.raises(LeaseLost):
            attempt()
    rows.clock.boot -= TTL_S
    with pytest.raises(LeaseLost, match="took over"):
        first.check()
    first.release()
    second.renew()
    second.check()
    assert second.fencing == first.fencing + 1


def test_before_its_end_it_is_not_taken_over(rows: Stage) -> None:
    """A silent holder has all of its time, counted from its last heartbeat."""
    first = rows.held(ANNA)
    rows.let_time_pass(TTL_S - 5)
    first.renew()
    rows.let_time_pass(TTL_S - 5)
    with pytest.raises(Refused):
        rows.lease(BERT).acquire()
    rows.let_time_pass(5)
    rows.held(BERT)
    with pytest.raises(LeaseLost):
        first.renew()
