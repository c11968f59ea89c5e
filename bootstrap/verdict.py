"""What a gate says when it is asked: it holds, not yet, or never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Evidence = Mapping[str, object]
"""JSON-able facts that were seen, e.g. {"members": ["k8s-1", "k8s-2"], "generation": 3}. Never a secret."""


@dataclass(frozen=True, slots=True)
class Holds:
    """It is true now. `exceptions` name what is true only in part (rule 14): the summary repeats them, exit code 4."""

    evidence: Evidence = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotYet:
    """It is not true now, and may become true.

    reason: one sentence, e.g. "cilium 4/6 ready: k8s-5 ImagePullBackOff quay.io/cilium/cilium:v1.18.3".
    underway: True when the effect was already asked for and time alone may finish it (a node boots, a rollout goes on):
    then the step waits instead of acting. False: somebody must act.
    """

    reason: str
    underway: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """Terminal: waiting cannot help. Ends the wait once the gate's grace time is over."""

    reason: str
    next_action: str
    refused: bool = False
    """A guard's no (foreign machine, missing consent): ends at once, without grace, exit code 3."""


Verdict = Holds | NotYet | Never
