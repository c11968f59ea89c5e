"""Putting secret values into the places of their references, so that the text stays the YAML that it was.

Where a value may stand is a matter of YAML's styles. Between double quotes every value is escaped. A bare scalar that
is one reference becomes a quoted one, so that a token of digits stays text. Everywhere else (single quotes, block
scalars, amid other text) only a value that is read back unchanged is accepted: the same file must also work with
`op inject`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from bootstrap.secret import Secret
from inventory.problem import BadInput, Problem
from tree.reference import Found, Reference, find, parse

# Characters that mean nothing to YAML wherever they stand within a bare scalar.
_HARMLESS = re.compile(r"[A-Za-z0-9+/=._~$^()][A-Za-z0-9+/=._~$^()-]*")
# Line breaks of YAML and what it does not print: these stand in double quotes only, escaped (YAML 1.2, chapter 5.1).
_NEEDS_ESCAPE = re.compile(
    "[^\\t\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class _Scalar:
    start: int
    end: int
    style: str


def inject(text: str, values: Mapping[Reference, Secret], place: str = "rendered text") -> Secret:
    """`text` (YAML) with every reference replaced by its value. Raises BadInput, naming references and never values,
    for a reference of wrong shape, one without value, and a value that cannot stand where its reference does."""
    pieces: list[str] = []
    problems: list[Problem] = []
    done = 0
    for found, scalar, reference in _places(text, place):
        written = _written(found, scalar, reference, values, f"{place}:{found.line}")
        if isinstance(written, Problem):
            problems.append(written)
            continue
        pieces += [text[done : found.start], written]
        done = found.end
    if problems:
        raise BadInput(problems)
    return Secret("".join([*pieces, text[done:]]))


@lru_cache(maxsize=64)
def _places(text: str, place: str) -> tuple[tuple[Found, _Scalar | None, Reference | Problem], ...]:
    """Every reference, with the scalar in which it stands: the same for all values."""
    scalars = _scalars(text, place)
    starts = [scalar.start for scalar in scalars]
    return tuple(
        (found, _around(found, scalars, starts), parse(found.raw, f"{place}:{found.line}")) for found in find(text)
    )


def _scalars(text: str, place: str) -> list[_Scalar]:
    try:
        return [
            _Scalar(event.start_mark.index, event.end_mark.index, event.style or "plain")
            for event in yaml.parse(text, Loader=yaml.CSafeLoader)
            if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
        ]
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        what = f"it is not YAML ({getattr(error, 'problem', None) or 'broken'})"
        raise BadInput([Problem(f"{place}:{line}", what, "YAML, so that values can be put in safely")]) from None


def _around(found: Found, scalars: Sequence[_Scalar], starts: Sequence[int]) -> _Scalar | None:
    index = bisect_right(starts, found.start) - 1
    return scalars[index] if index >= 0 and found.end <= scalars[index].end else None


def _written(
    found: Found,
    scalar: _Scalar | None,
    reference: Reference | Problem,
    values: Mapping[Reference, Secret],
    place: str,
) -> str | Problem:
    if isinstance(reference, Problem):
        return reference
    if reference not in values:
        return Problem(place, f"{reference} has no value", "a value for every reference", "resolve it before rendering")
    if scalar is None:
        what = f"{reference} stands outside of every value"
        return Problem(place, what, "a reference as a value, or within one", "put double quotes around it")
    return _styled(reference, values[reference].reveal(), found, scalar, place)


def _styled(reference: Reference, value: str, found: Found, scalar: _Scalar, place: str) -> str | Problem:
    if scalar.style == '"':
        return _escaped(value)
    if _NEEDS_ESCAPE.search(value):
        what = f"the value of {reference} has several lines or control characters"
        return Problem(place, what, "a value of one line here", 'write "op://..." in double quotes')
    if scalar.style == "'":
        return value.replace("'", "''")
    if (found.start, found.end) == (scalar.start, scalar.end):
        return f'"{_escaped(value)}"'
    if not _survives(value, scalar):
        what = f"the value of {reference} holds characters that YAML reads as its own"
        return Problem(place, what, "a reference between quotes", "put the whole value in double quotes")
    return value


def _survives(value: str, scalar: _Scalar) -> bool:
    """In a block scalar white space at the ends counts as indentation or is lost; in a bare one more signs do harm."""
    return value == value.strip() if scalar.style in "|>" else _HARMLESS.fullmatch(value) is not None


def _escaped(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)[1:-1]
    return _NEEDS_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
