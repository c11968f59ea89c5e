"""The one way of an event: into the journal, into the record, out to the observers."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.clock import Clock
from bootstrap.events import Entry, Event
from bootstrap.journal import Journal
from bootstrap.lease import Lease
from bootstrap.observers import Observer
from bootstrap.record import Record


class Recorder:
    """Stamps events with run and time. Once `detached` (the lease was lost) nothing reaches the journal any more."""

    def __init__(
        self, run: str, journal: Journal, lease: Lease, clock: Clock, record: Record, observers: Sequence[Observer] = ()
    ) -> None:
        self.run = run
        self.record = record
        self.detached = False
        self._journal = journal
        self._lease = lease
        self._clock = clock
        self._observers = list(observers)
        self._broken: Exception | None = None

    def note(self, event: Event, *, durable: bool = False) -> None:
        """Record one event. Raises LeaseLost or Permanent from the journal; observers hear only of what was taken, and
        one that fails is told nothing more: a broken terminal stops no run."""
        entry = Entry(self.run, self._clock.wall(), event)
        if not self.detached:
            self._journal.append((entry,), fencing=self._lease.fencing, durable=durable)
        self.record.take(entry)
        for observer in tuple(self._observers):
            try:
                observer(entry)
            except Exception as error:
                self._observers.remove(observer)
                self._broken = self._broken or error

    def raise_broken(self) -> None:
        """After the run: raises what the first failing observer raised."""
        if self._broken is not None:
            raise self._broken
