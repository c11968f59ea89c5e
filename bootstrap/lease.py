"""The lease: the right of one operator to run on one cluster. A port; file lock and journal row stand behind it."""

from __future__ import annotations

from typing import Protocol

from bootstrap.errors import LeaseLost


class Lease(Protocol):
    """Held for the length of a run; renewed by a heartbeat; its fencing number grows with every holder."""

    @property
    def fencing(self) -> int:
        """The number of this holder; every journal append carries it."""

    @property
    def reach(self) -> str:
        """How far it protects, in words for the first line of a run: e.g. "this computer"."""

    @property
    def heartbeat_s(self) -> float:
        """Seconds between two renewals."""

    def acquire(self) -> None:
        """Take it. Raises Refused, naming holder, host and time of its last heartbeat, when another holds it."""

    def renew(self) -> None:
        """Prove again to the store that it is ours, and move its end on. Raises LeaseLost when it is not, Transient
        when the store does not answer (the lease then still runs until its end)."""

    def check(self) -> None:
        """Cheap, before every act: raises LeaseLost when its end has passed by the clock that counts suspended time."""

    def release(self) -> None:
        """Give it back; never raises."""


def assure(lease: Lease) -> None:
    """Before an act: a lease that ran out by our own clock (a suspended computer) is proven again before anything else.

    Raises LeaseLost when another took it meanwhile, Transient when the store does not answer: then nothing may be done.
    """
    try:
        lease.check()
    except LeaseLost:
        lease.renew()
        lease.check()
