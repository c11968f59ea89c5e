"""A lease whose heartbeat keeps real time also where the estate's time runs faster."""

from __future__ import annotations

from bootstrap.lease import Lease


class SteadyLease:
    """speed: seconds of the estate in one real second. The engine sleeps the estate's seconds between heartbeats."""

    def __init__(self, lease: Lease, speed: float) -> None:
        self._lease, self._speed = lease, min(speed, 1e6)

    @property
    def fencing(self) -> int:
        return self._lease.fencing

    @property
    def reach(self) -> str:
        return self._lease.reach

    @property
    def heartbeat_s(self) -> float:
        return self._lease.heartbeat_s * self._speed

    def acquire(self) -> None:
        self._lease.acquire()

    def renew(self) -> None:
        self._lease.renew()

    def check(self) -> None:
        self._lease.check()

    def release(self) -> None:
        self._lease.release()
