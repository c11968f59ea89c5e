"""What the operator asked for, as one frozen value made from the flags at the border."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from bootstrap.observers.words import REHEARSAL, REHEARSED
from bootstrap.selection import Selection
from inventory.problem import BadInput, Problem
from steps.site import Options

Words = Iterable[str] | None
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_COUNT = re.compile(r"0*[1-9][0-9]{0,5}")
SEEDS = 100
"""Rehearsed worlds of `rehearse` when --seeds does not say."""
LAB = "lab"
_ESTATES = {"": "no estate was named", "real": "'real' is not there yet"}
_JOURNALS = "postgresql://user@host/database, or a file's path: with a slash, or ending in .sqlite"
CLUSTERS = "the inventory has one file for each: inventory/<cluster>.yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """One command's wishes.

    estate: real | lab | rehearsal. format: text | json. pace: seconds that a show takes, "max" for flat out, "" for the
    default. seed: of the rehearsed world; None: not said. deadline_s: of the whole run; None: the inventory's.
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
    seed: int | None = None
    pace: str = ""
    fresh: bool = False
    quarantine: bool = False
    deadline_s: float | None = None

    @property
    def note(self) -> str:
        """What every output on a simulated estate says; "" on the others."""
        return REHEARSED if self.estate == REHEARSAL else ""


def accepted(words: Iterable[str]) -> Mapping[str, str]:
    """--accept STEP=REASON, taken apart. Raises BadInput for one without a reason."""
    pairs = {name: reason for name, _, reason in (word.partition("=") for word in words)}
    wrong = [name for name, reason in pairs.items() if not name or not reason.strip()]
    if wrong:
        raise BadInput([Problem("--accept", f"{name!r} has no reason", "STEP=REASON") for name in wrong])
    return pairs


def checked(request: Request) -> Request:
    """The request itself. Raises BadInput for words that a flag does not know."""
    problems = _no_cluster(request)
    if request.estate not in (LAB, REHEARSAL):
        what = _ESTATES.get(request.estate, f"there is no estate {request.estate!r}")
        problems.append(Problem("--estate", what, f"{LAB} or {REHEARSAL}", "real comes later"))
    if request.format not in ("text", "json"):
        problems.append(Problem("--format", f"{request.format!r}", "text or json"))
    if request.pace not in ("", "max") and not _positive(request.pace):
        problems.append(Problem("--pace", f"{request.pace!r}", "seconds that the show takes, or max"))
    if not _names_a_place(request.journal):  # what was given is not repeated: a mistyped URL has a password in it
        problems.append(Problem("--journal", "this is neither a URL nor a file's path", _JOURNALS))
    elif request.estate == LAB and "://" in request.journal:
        what = "a database cannot be reached from inside the lab, whose network is its own"
        problems.append(Problem("--journal", what, "a file's path, or no --journal"))
    if problems:
        raise BadInput(problems)
    return request


def named(request: Request) -> Request:
    """The request itself, for a command that has no estate. Raises BadInput when it names no cluster."""
    if problems := _no_cluster(request):
        raise BadInput(problems)
    return request


def _no_cluster(request: Request) -> list[Problem]:
    return [] if request.cluster else [Problem("--cluster", "no cluster was named", "the name of a cluster", CLUSTERS)]


def numbers(seed: str, deadline: str) -> tuple[int | None, float | None]:
    """--seed and --deadline in seconds, each None without it. Raises BadInput for what is no number."""
    problems = _no_seed(seed)
    if deadline and not _positive(deadline):
        problems.append(Problem("--deadline", f"{deadline!r}", "seconds, more than 0"))
    if problems:
        raise BadInput(problems)
    return int(seed) if seed else None, float(deadline) if deadline else None


def worlds(seed: str, seeds: str) -> tuple[int, int]:
    """--seed (0 without it) and --seeds (`SEEDS` without it). Raises BadInput: no world at all would prove nothing."""
    problems = _no_seed(seed)
    if seeds and not _COUNT.fullmatch(seeds):
        problems.append(Problem("--seeds", f"{seeds!r}", "how many worlds, a whole number from 1 to 999999"))
    if problems:
        raise BadInput(problems)
    return int(seed or 0), int(seeds or SEEDS)


def _no_seed(seed: str) -> list[Problem]:
    if not seed or _WHOLE.fullmatch(seed):
        return []
    return [Problem("--seed", f"{seed!r}", "a whole number of at most 18 digits")]


def _names_a_place(journal: str) -> bool:
    return not journal or "/" in journal or journal.endswith(".sqlite")


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < inf
    except ValueError:
        return False


def selected(
    only: Words,
    from_: Words,
    until: Words,
    skip: Words,
    nodes: Words,
    accept: Words,
    apply_drift: Words,
    take_back: Words,
) -> tuple[Selection, Options]:
    """The selecting flags as values; None: the flag was not given. Raises BadInput."""
    only, from_, until, skip, nodes = (tuple(words or ()) for words in (only, from_, until, skip, nodes))
    drift = frozenset(apply_drift or ())
    if len(drift) > 1:
        # applied side by side, two control planes that reboot would cost etcd its quorum (rule 13)
        raise BadInput([Problem("--apply-drift", ", ".join(sorted(drift)), "one node at a time", "one run a node")])
    selection = Selection(only, from_, until, skip, nodes, accepted(accept or ()))
    return selection, Options(drift, frozenset(take_back or ()))
