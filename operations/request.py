"""What the operator asked for, as one frozen value made from the flags at the border."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.selection import Selection
from inventory.problem import BadInput, Problem
from steps.site import Options


@dataclass(frozen=True, slots=True)
class Request:
    """One command's wishes.

    estate: real | lab | rehearsal. format: text | json. pace: seconds that a show takes, "max" for flat out, "" for the
    default. seed: of the rehearsed world. deadline_s: of the whole run; None: the inventory's.
    """

    cluster: str
    estate: str
    root: Path
    selection: Selection = field(default_factory=Selection)
    without: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    format: str = "text"
    journal: str = ""
    yes_destroy: str = ""
    seed: int = 0
    pace: str = ""
    fresh: bool = False
    quarantine: bool = False
    deadline_s: float | None = None


def accepted(words: Iterable[str]) -> Mapping[str, str]:
    """--accept STEP=REASON, taken apart. Raises BadInput for one without a reason."""
    pairs = {name: reason for name, _, reason in (word.partition("=") for word in words)}
    wrong = [name for name, reason in pairs.items() if not name or not reason.strip()]
    if wrong:
        raise BadInput([Problem("--accept", f"{name!r} has no reason", "STEP=REASON") for name in wrong])
    return pairs


def checked(request: Request) -> Request:
    """The request itself. Raises BadInput for words that a flag does not know."""
    problems = []
    if request.estate != "rehearsal":
        what = f"{request.estate!r} is not there yet" if request.estate in ("real", "lab") else f"{request.estate!r}"
        problems.append(Problem("--estate", what or "no estate was named", "rehearsal", "real and lab come later"))
    if request.format not in ("text", "json"):
        problems.append(Problem("--format", f"{request.format!r}", "text or json"))
    if request.pace not in ("", "max") and not _positive(request.pace):
        problems.append(Problem("--pace", f"{request.pace!r}", "seconds that the show takes, or max"))
    if problems:
        raise BadInput(problems)
    return request


def _positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def selected(
    only: Iterable[str],
    from_: Iterable[str],
    until: Iterable[str],
    skip: Iterable[str],
    nodes: Iterable[str],
    accept: Iterable[str],
    apply_drift: Iterable[str],
    take_back: Iterable[str],
) -> tuple[Selection, Options]:
    """The selecting flags as values. Raises BadInput."""
    selection = Selection(tuple(only), tuple(from_), tuple(until), tuple(skip), tuple(nodes), accepted(accept))
    return selection, Options(frozenset(apply_drift), frozenset(take_back))
