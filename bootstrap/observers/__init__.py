"""Observers show a run: each is a plain callable that is handed every entry, and never talks back."""

from __future__ import annotations

from collections.abc import Callable

from bootstrap.events import Entry

Observer = Callable[[Entry], None]
