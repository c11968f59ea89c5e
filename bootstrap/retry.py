"""How often and how patiently an act is tried again: a policy as data, and tenacity told to follow it.

tenacity reads the real clock and the global random source by itself, so the wait and the stop here read injected ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from bootstrap.clock import Clock
from bootstrap.errors import Transient


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter: the n-th delay is random in [0, min(longest_s, first_s * 2**(n-1))].

    attempts: the most attempts of a step in one run. settle_s: seconds after an act in which a gate that still sees
    nothing begun is not believed (the world lags behind an accepted call); after that the step acts again.
    """

    attempts: int = 10
    first_s: float = 1.0
    longest_s: float = 30.0
    settle_s: float = 15.0


def retrying(
    policy: Retry,
    *,
    attempts_left: int,
    clock: Clock,
    rng: Random,
    deadline: float,
    on_delay: Callable[[Transient, float], None],
) -> AsyncRetrying:
    """Retries Transient only; re-raises the last error when attempts are used up or the next one would come too late.

    deadline: on the clock's `now`. on_delay: told each error and the seconds until the next attempt, before sleeping.
    """

    def delay(state: RetryCallState) -> float:
        return next_delay(policy, state.attempt_number, _error(state), rng)

    def too_late(state: RetryCallState) -> bool:
        return clock.now() + state.upcoming_sleep >= deadline

    def before_sleep(state: RetryCallState) -> None:
        on_delay(_error(state), state.upcoming_sleep)

    return AsyncRetrying(
        sleep=clock.sleep,
        wait=delay,
        stop=lambda state: stop_after_attempt(attempts_left)(state) or too_late(state),
        retry=retry_if_exception_type(Transient),
        before_sleep=before_sleep,
        reraise=True,
    )


def next_delay(policy: Retry, attempt: int, error: Transient, rng: Random) -> float:
    """Seconds after the `attempt`-th failed attempt: what the error asked for, else backoff with full jitter."""
    if error.delay_s is not None:
        return error.delay_s
    return rng.uniform(0.0, min(policy.longest_s, policy.first_s * 2.0 ** (attempt - 1)))


def _error(state: RetryCallState) -> Transient:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, Transient)
    return error
