"""Wall time: how it is said to people, and when it cannot be right."""

from __future__ import annotations

from datetime import datetime

TOLERATED_S = 86_400.0
"""Smaller steps back happen: a corrected drift, a clock that a reboot found in local time."""


def clock_problem(last_at: float | None, now: float) -> str:
    """One sentence when `now` lies more than a day before the journal's last entry; "" when it does not.

    Both are unix seconds; last_at: None for an empty journal.
    """
    if last_at is None or last_at - now <= TOLERATED_S:
        return ""
    return (
        f"this computer's clock says {spoken_time(now)}, but the journal's last entry is of {spoken_time(last_at)}: "
        f"expected a clock that goes forward; set it (timedatectl set-ntp true), then run the same command again"
    )


def spoken_time(at: float) -> str:
    """Unix seconds as local time with its offset; for a sentence, never for a file."""
    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(sep=" ", timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return f"{at:.0f} seconds after 1970"
