"""How long a holder may act without asking the store again, by the clock that counts suspended time."""

from __future__ import annotations

from bootstrap.clock import Clock
from bootstrap.errors import LeaseLost

TTL_S = 60.0
HEARTBEAT_S = 15.0


class Term:
    """Begins and moves on with every proof; once lost it never comes back."""

    def __init__(self, subject: str, clock: Clock, ttl_s: float) -> None:
        self._subject = subject
        self._clock = clock
        self._ttl_s = ttl_s
        self._ends: float | None = None
        self._lost = ""

    def proven(self, asked_at: float) -> None:
        """The store said it is ours. `asked_at`: clock.now() from before it was asked, so we end before the store."""
        self._ends = asked_at + self._ttl_s

    def lose(self, sentence: str) -> LeaseLost:
        """It is another's or nobody's: the error to raise, now and from here on."""
        self._lost = sentence
        return self._error(sentence)

    def end(self) -> None:
        """It was given back."""
        self._ends = None

    def check(self) -> None:
        """Raises LeaseLost when it was lost, never taken, or ran out by our own clock."""
        if self._lost:
            raise self._error(self._lost)
        if self._ends is None:
            raise self._error(f"this run does not hold {self._subject}")
        late = self._clock.now() - self._ends
        if late >= 0:
            raise self._error(
                f"this run's lease on {self._subject} ran out {late:.0f} s ago without a heartbeat "
                f"(a suspended computer, or a store that did not answer): another may hold it now"
            )

    def _error(self, sentence: str) -> LeaseLost:
        return LeaseLost(sentence, "this run acts no more; run the same command again: it goes on where the world is")
