"""A wall clock gone wrong is noticed before anything is written with it."""

from __future__ import annotations

import pytest

from bootstrap.journals.wall_time import TOLERATED_S, clock_problem, spoken_time

LAST = 1_763_863_200.0


@pytest.mark.parametrize(
    ("last_at", "now", "wrong"),
    [
        (None, 0.0, False),
        (LAST, LAST, False),
        (LAST, LAST + 9e9, False),
        (LAST, LAST - TOLERATED_S, False),
        (LAST, LAST - TOLERATED_S - 1, True),
        (LAST, 0.0, True),
    ],
    ids=["empty journal", "same moment", "long after", "a day before", "more than a day before", "1970"],
)
def test_only_a_clock_more_than_a_day_behind_is_a_problem(last_at: float | None, now: float, wrong: bool) -> None:
    """Small steps back happen; a dead clock battery does not pass."""
    assert bool(clock_problem(last_at, now)) is wrong


def test_the_sentence_says_both_times_and_what_to_do() -> None:
    """What is true, what was expected, what to do next."""
    sentence = clock_problem(LAST, 0.0)
    for told in (spoken_time(0.0), spoken_time(LAST), "expected", "timedatectl"):
        assert told in sentence


@pytest.mark.parametrize("at", [1e30, float("nan"), float("-inf")])
def test_no_time_is_too_odd_to_be_said(at: float) -> None:
    """A sentence never ends in a traceback."""
    assert spoken_time(at)
