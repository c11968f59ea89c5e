"""A gate: how a step is verified. One sentence, one assertion over observed facts, and the evidence that it keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bootstrap.memory import Memory
from bootstrap.verdict import Verdict

Observe = Callable[[Memory], Awaitable[Verdict]]
Changes = Callable[[], AsyncIterator[object]]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate only reads. Waiting, stability and grace are the engine's work.

    sentence: what holds when it is open, e.g. "etcd members equal the plan's control planes, none a learner".
    observe: one look at the world. It may raise Transient (read as not yet), Permanent (ends the step).
    changes: a watch: yields once when it stands, then whenever a new look may be worth it; None: the engine polls.
    stability_s: seconds that it must hold without a break before the step is done.
    grace_s: seconds since the step's start in which Never is read as NotYet.
    """

    sentence: str
    observe: Observe
    changes: Changes | None = None
    stability_s: float = 10.0
    grace_s: float = 0.0
