"""What every step of one run shares: time, chance, the recorder, the lease, and the slots for acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from bootstrap.clock import Clock
from bootstrap.lease import Lease
from bootstrap.recorder import Recorder
from bootstrap.slots import Slots


@dataclass(frozen=True, slots=True)
class Surroundings:
    """deadline: of the whole run, on the clock's `now`. tails: see graph."""

    clock: Clock
    rng: Random
    recorder: Recorder
    lease: Lease
    slots: Slots
    deadline: float
    tails: Mapping[str, float]
