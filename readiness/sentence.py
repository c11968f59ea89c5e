"""Words of the sentences that an operator reads: lists that stay short, messages cut to one line."""

from __future__ import annotations

from collections.abc import Sequence


def listed(items: Sequence[str], most: int = 4, between: str = ", ") -> str:
    """The first few items, and how many more there are."""
    shown = between.join(items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown


def one_line(message: str, most: int = 240) -> str:
    """A tool's message on one line, cut at a length that a terminal still shows whole."""
    line = " ".join(message.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def plural(count: int, noun: str) -> str:
    """ "1 node", "3 nodes"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
