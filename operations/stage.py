"""The stage of a command: one estate, its clock, and how a coroutine is run on it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bootstrap.clock import Clock
from estate.estate import Estate

T = TypeVar("T")


class Play(Protocol):
    def __call__(self, main: Callable[[], Coroutine[Any, Any, T]], /) -> T:
        """Run a coroutine to its end on the estate's own event loop."""


@dataclass(frozen=True, slots=True)
class Stage:
    """speed: seconds of the estate in one real second (1 for real ones; infinite for a rehearsal flat out)."""

    estate: Estate
    clock: Clock
    play: Play
    speed: float = 1.0
    close: Callable[[], None] = lambda: None
