"""What an estate must offer to be held to the contracts of the ports."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from bootstrap.clock import Clock
from steps.site import Site

Contract = Callable[[Site, Clock], Coroutine[Any, Any, None]]


class Bench(Protocol):
    """One estate, whose machines are as bare as the contract wants them when `hold` begins."""

    def hold(self, name: str) -> None:
        """Hold the estate to a contract of tests.contracts.known, by its name. Raises AssertionError where it is not
        kept."""
