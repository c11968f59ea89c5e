"""The retry policy: pure numbers, then tenacity told to follow them under an injected clock."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.errors import Permanent, Transient
from bootstrap.retry import Retry, next_delay, retrying
from tests.engine.toy import PATIENT, ToyClock, run


@given(st.integers(1, 200), st.integers(0, 2**32))
def test_a_delay_is_anything_from_nothing_to_the_growing_bound(attempt: int, seed: int) -> None:
    """Full jitter: uniform below the exponential bound, which stops growing at the longest delay."""
    bound = min(8.0, 2.0 ** (attempt - 1))
    assert 0.0 <= next_delay(PATIENT, attempt, Transient("x"), Random(seed)) <= bound


def test_the_jitter_is_full() -> None:
    """Of a thousand delays some are near nothing and some near the bound: many clients do not come back at once."""
    delays = [next_delay(PATIENT, 3, Transient("x"), Random(seed)) for seed in range(1000)]
    assert min(delays) < 0.1
    assert max(delays) > 3.9
    assert sum(delays) / len(delays) == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("asked", [0.0, 0.5, 3600.0])
def test_a_delay_that_the_other_side_asked_for_wins(asked: float) -> None:
    """Retry-After is neither jittered nor cut."""
    assert next_delay(PATIENT, 1, Transient("busy", delay_s=asked), Random(0)) == asked


def calls(
    policy: Retry, errors: list[Exception], *, left: int, deadline: float
) -> tuple[list[float], list[float], str]:
    """When each attempt began, the delays that were announced, and the error that came out ("" for none)."""
    began: list[float] = []
    told: list[float] = []

    async def main() -> str:
        clock = ToyClock()

        async def once() -> None:
            began.append(clock.now())
            if errors:
                raise errors.pop(0)

        tries = retrying(
            policy,
            attempts_left=left,
            clock=clock,
            rng=Random(3),
            deadline=deadline,
            on_delay=lambda _, delay: told.append(delay),
        )
        try:
            await tries(once)
        except Exception as error:
            return str(error)
        return ""

    return began, told, run(main())


def test_a_success_needs_no_second_attempt() -> None:
    """Nothing is announced either."""
    began, told, error = calls(PATIENT, [], left=5, deadline=100.0)
    assert (began, told, error) == ([0.0], [], "")


def test_what_is_announced_is_what_is_waited() -> None:
    """Every further attempt begins exactly the announced delay after the failed one."""
    began, told, error = calls(PATIENT, [Transient("1"), Transient("2", 7.0), Transient("3")], left=9, deadline=1e9)
    assert error == ""
    assert told[1] == 7.0
    assert [later - earlier for earlier, later in pairwise(began)] == pytest.approx(told)


@pytest.mark.parametrize("left", [1, 2, 5])
def test_no_more_attempts_than_are_left_and_none_announced_after_the_last(left: int) -> None:
    """The last error comes out as it is."""
    errors: list[Exception] = [Transient(f"refusal {number}") for number in range(1, 10)]
    began, told, error = calls(PATIENT, errors, left=left, deadline=1e9)
    assert (len(began), len(told), error) == (left, left - 1, f"refusal {left}")


@pytest.mark.parametrize(("asked", "attempts"), [(9.9, 2), (10.0, 1), (60.0, 1)])
def test_a_delay_that_reaches_the_deadline_is_not_begun(asked: float, attempts: int) -> None:
    """Look-ahead: an attempt at the deadline or later is none."""
    began, told, error = calls(PATIENT, [Transient("busy", asked), Permanent("no", "x")], left=5, deadline=10.0)
    assert len(began) == attempts
    assert len(told) == attempts - 1
    assert error == ("no" if attempts == 2 else "busy")


@pytest.mark.parametrize("error", [Permanent("no", "x"), KeyError("x"), TimeoutError("x")])
def test_only_what_is_transient_is_tried_again(error: Exception) -> None:
    """An unknown error is none of ours to repeat."""
    began, told, _ = calls(PATIENT, [error], left=5, deadline=1e9)
    assert (len(began), told) == (1, [])
