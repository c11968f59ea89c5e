"""What of a run's time was the world's, and what the engine's: computed from the journal alone. Pure.

    engine's share = (wall - external) / wall

wall: from the run's first entry to its last. external: summed over the steps of the critical path (operations.timeline:
from the step that ended last, back each time to the need that ended last), the time of

    acts       from Acting to Acted or AttemptFailed
    waits      from Waiting to the next entry of the step: the gate waits for the world; after a transient failure, the
               pause until the next attempt
    stability  from Holding to the next entry, at most the stability time that Holding names
    looks      from Verifying, or from Acted, to the next entry, and what a Holding took beyond its stability time: a
               gate asks talosctl, Helm or the API

What is left is the engine's: from the end of a need to the look of the next step, and the journal. Looks are calls into
the world as acts are; they are shown apart as well, for it is the engine that decides when to look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bootstrap import events
from bootstrap.events import Entry
from operations.timeline import timeline

ACTS, WAITS, STABILITY, LOOKS = "acts", "waits", "stability", "looks"


@dataclass(frozen=True, slots=True)
class Share:
    """Seconds. parts: of the critical path, by the words above. path: (step, its seconds, of these external)."""

    wall: float
    parts: Mapping[str, float]
    path: tuple[tuple[str, float, float], ...]

    @property
    def external(self) -> float:
        return sum(self.parts.values())

    @property
    def engine(self) -> float:
        """The engine's part of the wall time, from 0 to 1."""
        return (self.wall - self.external) / self.wall


def share(entries: Sequence[Entry], needs: Mapping[str, tuple[str, ...]]) -> Share:
    """Of one run. needs: as the graph has it."""
    line = timeline(entries, needs)
    chain = [link.step for link in line.critical_path]
    parts: dict[str, float] = defaultdict(float)
    path = []
    for step in chain:
        own = [entry for entry in entries if getattr(entry.event, "step", None) == step]
        spent = external(own)
        for part, seconds in spent:
            parts[part] += seconds
        path.append((step, own[-1].at - own[0].at, sum(seconds for _, seconds in spent)))
    return Share(line.seconds, dict(parts), tuple(path))


def external(own: Iterable[Entry]) -> list[tuple[str, float]]:
    """(part, seconds) between the entries of one step, in order."""
    return [spent for before, after in pairwise(own) for spent in _between(before.event, after.at - before.at)]


def _between(event: events.Event, seconds: float) -> list[tuple[str, float]]:
    match event:
        case events.Acting():
            return [(ACTS, seconds)]
        case events.Waiting():
            return [(WAITS, seconds)]
        case events.AttemptFailed(delay_s=delay_s):
            return [(WAITS, min(seconds, delay_s or 0.0))]
        case events.Holding(stability_s=stability_s):
            return [(STABILITY, min(seconds, stability_s)), (LOOKS, max(seconds - stability_s, 0.0))]
        case events.Verifying() | events.Acted():
            return [(LOOKS, seconds)]
    return []
