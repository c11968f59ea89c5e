"""How often and how patiently an act is tried again, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter: the n-th delay is random in [0, min(longest_s, first_s * 2**(n-1))].

    attempts: the most attempts in one run.
    """

    attempts: int = 10
    first_s: float = 1.0
    longest_s: float = 30.0
