"""Which references the rendered texts use, and where they stand in the templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inventory.problem import Problem
from tree.reference import Found, Reference, find, parse


def usage(
    texts: Iterable[tuple[str, str]], root: Path, vault: str
) -> tuple[Mapping[Reference, tuple[str, ...]], tuple[Problem, ...]]:
    """Every reference in `texts` (pairs of a template's path and what it rendered to) with its places, and those that
    are wrong: their shape, or a vault that is not the cluster's."""
    places: dict[Reference, dict[str, None]] = {}
    problems: dict[Problem, None] = {}
    for path, text in texts:
        source = (root / path).read_text(encoding="utf-8").splitlines()
        for found in find(text):
            for place in _places(path, source, found):
                reference = parse(found.raw, place)
                if isinstance(reference, Problem):
                    problems[reference] = None
                elif reference.vault.lower() != vault.lower():
                    problems[_other_vault(reference, place, vault)] = None
                else:
                    places.setdefault(reference, {})[place] = None
    return {reference: tuple(places[reference]) for reference in sorted(places)}, tuple(problems)


def _places(path: str, source: list[str], found: Found) -> Iterator[str]:
    """The template's lines that hold the reference as written or, where the vault is a variable, all after the vault;
    if there is none (it was put together), the rendered line."""
    tail = "/" + found.raw.removeprefix("op://").partition("/")[2]
    lines = _holding(source, found.raw) or (_holding(source, tail) if len(tail) > 1 else [])
    yield from (f"{path}:{line}" for line in lines or [found.line])


def _holding(source: list[str], part: str) -> list[int]:
    ends = ("", '"', "'", " ", "}", ",", "]")
    return [
        number
        for number, line in enumerate(source, 1)
        if part in line and line.partition(part)[2][:1] in ends and not line.lstrip().startswith("#|")
    ]


def _other_vault(reference: Reference, place: str, vault: str) -> Problem:
    what = f"{reference} is in the vault {reference.vault}"
    return Problem(place, what, f"the cluster's vault {vault}: clusters share no secret", f"move the value to {vault}")
