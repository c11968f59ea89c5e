"""The record: what a journal adds up to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap import events
from bootstrap.events import Entry, Event
from bootstrap.record import Record, fold

STARTED = events.RunStarted("main", "rehearsal", "0" * 40, 1, "this test", {})


def after(*happened: Event) -> Record:
    return fold(Entry("r", 1_000.0 + number, event) for number, event in enumerate(happened))


def transient(step: str, attempt: int = 1) -> Event:
    return events.AttemptFailed(step, attempt, "transient", "connection reset", 1.0)


def permanent(step: str, attempt: int = 1) -> Event:
    return events.AttemptFailed(step, attempt, "permanent", "forbidden")


ACTING, ACTED = events.Acting("s", 1), events.Acted("s", 1, "asked")
DONE, OPENED = events.Done("s", {}, 1.0, 2.0), events.GenerationOpened(2, "all bare")


@pytest.mark.parametrize(
    ("happened", "doubtful"),
    [
        ([ACTING], True),
        ([ACTING, ACTED], False),
        ([ACTING, transient("s")], True),
        ([ACTING, permanent("s")], False),
        ([ACTING, events.AttemptFailed("s", 1, "cancelled", "stopped")], True),
        ([ACTING, events.AttemptFailed("s", 1, "unknown", "KeyError")], True),
        ([ACTING, transient("s"), events.Acting("s", 2), events.Acted("s", 2, "asked")], False),
        ([ACTING, transient("s"), events.Acting("s", 2), permanent("s", 2)], True),
        ([ACTING, STARTED], True),
        ([ACTING, STARTED, events.Acting("s", 1), permanent("s")], True),
        ([ACTING, STARTED, events.Satisfied("s")], False),
        ([ACTING, DONE], False),
        ([ACTING, events.Failed("s", "gave up", "mend it")], True),
        ([ACTING, events.Stopped("s", "Ctrl-C")], True),
        ([ACTING, events.Acting("other", 1), events.Acted("other", 1, "x")], True),
        ([ACTING, OPENED], False),
    ],
)
def test_a_call_is_in_doubt_until_its_answer_or_its_effect_is_known(happened: list[Event], doubtful: bool) -> None:
    """A lost answer leaves the doubt, and a later 'no' answers only the later call."""
    assert ("s" in after(*happened).memory.in_doubt) is doubtful


@pytest.mark.parametrize(
    ("happened", "served"),
    [
        ([DONE], True),
        ([events.Satisfied("s")], True),
        ([DONE, STARTED], True),
        ([DONE, events.Demoted("s", "gone")], False),
        ([DONE, events.Failed("s", "x", "y")], False),
        ([DONE, events.Stopped("s", "Ctrl-C")], True),
        ([DONE, OPENED], False),
        ([events.Accepted("s", "why", "found")], False),
        ([events.Blocked("s", "other")], False),
    ],
)
def test_stability_was_served_until_the_world_says_otherwise(happened: list[Event], served: bool) -> None:
    """In this generation, by a step that was verified."""
    assert ("s" in after(*happened).served) is served


def test_pins_end_with_the_generation() -> None:
    """What was fixed for one life of etcd says nothing about the next."""
    pin = events.Pinned("etcd_node", "k8s-1")
    assert after(pin).memory.pins == {"etcd_node": "k8s-1"}
    assert after(pin, STARTED).memory.pins == {"etcd_node": "k8s-1"}
    opened = after(pin, OPENED).memory
    assert (opened.pins, opened.generation) == ({}, 2)


AGREED = events.Consented(("wipe k8s-4",))


@pytest.mark.parametrize(
    ("happened", "holds"),
    [
        ([AGREED], True),
        ([AGREED, events.Consented(("wipe k8s-5",))], True),
        ([AGREED, events.Pinned("etcd_node", "k8s-1")], True),
        ([AGREED, OPENED], True),
        ([AGREED, STARTED], False),
        ([AGREED, events.RunEnded(1), STARTED], False),
    ],
)
def test_consent_holds_for_its_whole_run_and_no_longer(happened: list[Event], holds: bool) -> None:
    """It is asked for on one screen before the first effect: a pin or a new generation must not take it away."""
    assert ("wipe k8s-4" in after(STARTED, *happened).memory.consents) is holds


SOME = st.sampled_from(
    [STARTED, ACTING, ACTED, DONE, OPENED, AGREED, transient("s"), permanent("s"), events.Pinned("k", "v"),
     events.Satisfied("s"), events.Demoted("s", "gone"), events.Failed("s", "x", "y"), events.Waiting("s", "x")]
)  # fmt: skip


@given(st.lists(SOME, max_size=20), st.integers(0, 20))
def test_folding_may_stop_and_go_on_anywhere(happened: list[Event], cut: int) -> None:
    """A record that was folded to some point and then taken on equals the fold of the whole."""
    entries = [Entry("r", float(number), event) for number, event in enumerate(happened)]
    grown = fold(entries[:cut])
    for entry in entries[cut:]:
        grown.take(entry)
    whole = fold(entries)
    assert (grown.memory, grown.served) == (whole.memory, whole.served)


def test_an_accepted_call_is_remembered_with_its_time() -> None:
    """Until the step is verified, or a new life of the cluster begins."""
    assert after(ACTING, ACTED).accepted_at == {"s": 1_001.0}
    assert after(ACTING, ACTED, STARTED).accepted_at == {"s": 1_001.0}
    assert after(ACTING, ACTED, DONE).accepted_at == {}
    assert after(ACTING, ACTED, OPENED).accepted_at == {}
