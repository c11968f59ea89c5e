"""What happens in a run, as typed values. The journal stores them, observers print them; nobody else talks.

Each event is a frozen dataclass of JSON-able fields; its class name is its kind in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bootstrap.verdict import Evidence


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A walk over a plan begins. modes: step id -> run | verify | skip | accept. reach: how far the lease reaches."""

    cluster: str
    estate: str
    commit: str
    fencing: int
    reach: str
    modes: Mapping[str, str]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The walk is over. exit_code as in the command table; exceptions: what the summary must name."""

    exit_code: int
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GenerationOpened:
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A fact of the present generation was fixed before a call."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Consented:
    """The operator agreed to destroy these items, in this run."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verifying:
    step: str


@dataclass(frozen=True, slots=True)
class Satisfied:
    """True without an act of this run: at first look, or it became so while it was waited for."""

    step: str
    evidence: Evidence = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demoted:
    """An earlier run recorded it as done; the world says otherwise."""

    step: str
    why: str


@dataclass(frozen=True, slots=True)
class Acting:
    """Durable before the effect: from here on the call is in doubt until Acted or AttemptFailed."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Acted:
    step: str
    attempt: int
    effect: str


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """kind: transient | permanent | cancelled | unknown; only permanent, a clear no, ends the doubt.

    delay_s: when the next attempt comes; None: there is none.
    """

    step: str
    attempt: int
    kind: str
    sentence: str
    delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The gate is asked until it holds; emitted again whenever the reason's sentence changes."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Holding:
    """The gate holds and serves its stability time."""

    step: str
    stability_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """Verified, and stable. first_true, stable: unix times."""

    step: str
    evidence: Evidence
    first_true: float
    stable: float
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    step: str
    sentence: str
    next_action: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """Cancelled before its end: Ctrl-C, or the lease was lost."""

    step: str
    why: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Never started, because `by` did not become true."""

    step: str
    by: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Taken as true by the operator's word."""

    step: str
    reason: str
    found: str


Event = (
    RunStarted | RunEnded | GenerationOpened | Pinned | Consented | Verifying | Satisfied | Demoted | Acting | Acted
    | AttemptFailed | Waiting | Holding | Done | Failed | Stopped | Blocked | Accepted
)  # fmt: skip

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in Event.__args__}
_FIELDS = {kind: tuple(f.name for f in fields(kind)) for kind in KINDS.values()}
_TUPLES = frozenset({"exceptions", "items", "absent"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. run: the run's id. at: unix time in seconds."""

    run: str
    at: float
    event: Event


def to_fields(event: Event) -> dict[str, object]:
    """The event's fields as JSON-able values."""
    return {name: getattr(event, name) for name in _FIELDS[type(event)]}


def from_fields(kind: str, values: Mapping[str, Any]) -> Event:
    """The event that `to_fields` took apart. Raises KeyError for an unknown kind, TypeError for wrong fields."""
    event: Event = KINDS[kind](**{k: tuple(v) if k in _TUPLES else v for k, v in values.items()})
    return event
