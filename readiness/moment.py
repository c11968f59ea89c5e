"""Timestamps of Kubernetes objects as epoch seconds."""

from __future__ import annotations

from datetime import datetime


def epoch_s(timestamp: str) -> float | None:
    """Seconds since 1970 of an RFC 3339 time, e.g. "2026-08-01T02:03:04Z"; None when it is none."""
    try:
        return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None
