"""The board: where each step stands after the last event."""

from __future__ import annotations

import pytest

from bootstrap.events import Acting, Blocked, Done, Event, Failed, Pinned, RunEnded, Satisfied, Verifying, Waiting
from bootstrap.observers.board import Board
from tests.observers.story import FAILED_RUN, START, began, entries


def _after(*events: Event) -> Board:
    board = Board()
    for entry in entries((0.0, began("s")), *((place + 1.0, event) for place, event in enumerate(events))):
        board.see(entry)
    return board


def test_a_run_that_was_not_begun_has_every_step_pending() -> None:
    """The plan's steps are known from the first event on."""
    step = _after().steps["s"]
    assert (step.state, step.started, step.ended, step.reason) == ("pending", None, None, "")


def test_the_reason_goes_when_the_state_changes() -> None:
    """An old reason next to a new state would lie."""
    assert _after(Waiting("s", "0/2 ready")).steps["s"].reason == "0/2 ready"
    assert _after(Waiting("s", "0/2 ready"), Acting("s", 2)).steps["s"].reason == ""
    assert _after(Waiting("s", "0/2 ready"), Done("s", {}, 1.0, 2.0)).steps["s"].reason == ""


def test_the_attempt_stays_while_the_step_waits() -> None:
    """It is the attempt whose effect is waited for."""
    assert _after(Acting("s", 1), Acting("s", 2), Waiting("s", "0/2 ready")).steps["s"].attempt == 2


@pytest.mark.parametrize("end", [Done("s", {}, 1.0, 2.0), Satisfied("s"), Failed("s", "no", "look")])
def test_a_step_ends_with_its_last_event(end: Event) -> None:
    """Its time stands still from there."""
    step = _after(Verifying("s"), end).steps["s"]
    assert (step.started, step.ended) == (START + 1.0, START + 2.0)


def test_a_blocked_step_was_never_begun() -> None:
    """It has no time at all."""
    step = _after(Blocked("s", "other")).steps["s"]
    assert (step.started, step.ended) == (None, None)


def test_events_of_the_run_change_no_step() -> None:
    """A pin is not a step, and the end of the run is not the end of a step."""
    board = _after(Pinned("etcd_node", "k8s-1"), RunEnded(0))
    assert list(board.steps) == ["s"]
    assert board.steps["s"].state == "pending"
    assert board.ended == START + 2.0


def test_a_view_that_is_joined_late_still_has_rows() -> None:
    """Steps are known from their own events then."""
    board = Board()
    for entry in FAILED_RUN[3:]:
        board.see(entry)
    assert list(board.steps) == ["etcd", "cni", "dns"]
    assert board.steps["cni"].state == "failed"
