"""A 1Password reference: op://vault/item/[section/]field, as a value."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from inventory.problem import BadInput, Problem

# What `op inject` takes for one: in {{ }} names may hold spaces, bare ones end at white space, quotes and brackets.
_PATTERN = re.compile(r"\{\{\s*(?P<braced>op://[^{}\n]*?)\s*\}\}|(?P<bare>op://[^\s\"'`<>(){}\[\],;#|\\]*)")
# https://developer.1password.com/docs/cli/secret-reference-syntax: letters, digits, - _ . and spaces; else by id.
_PART = re.compile(r"[A-Za-z0-9_.\- ]+")
_SHAPE = "op://vault/item/field or op://vault/item/section/field"


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Parts of a reference; section is "" where there is none. Comparison is by lower case, as 1Password's is."""

    vault: str = dataclasses.field(compare=False)
    item: str = dataclasses.field(compare=False)
    section: str = dataclasses.field(compare=False)
    field: str = dataclasses.field(compare=False)
    key: tuple[str, str, str, str] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = (self.vault, self.item, self.section, self.field)
        object.__setattr__(self, "key", tuple(part.lower() for part in parts))

    def __str__(self) -> str:
        middle = f"{self.section}/" if self.section else ""
        return f"op://{self.vault}/{self.item}/{middle}{self.field}"


@dataclass(frozen=True, slots=True)
class Found:
    """A reference as it stands in a text. raw: as written, without braces; start, end: its place, braces included;
    line: from 1."""

    raw: str
    start: int
    end: int
    line: int


def parse(text: str, place: str = "reference") -> Reference | Problem:
    """The reference that `text` is, or what is wrong with its shape (nothing is asked for: a wrong one costs quota)."""
    path, query, _ = text.partition("?")
    parts = path.removeprefix("op://").split("/")
    if not text.startswith("op://"):
        return Problem(place, f"{text} is not a reference", _SHAPE)
    if query:
        what = f"{text} asks for an attribute"
        return Problem(place, what, f"{_SHAPE}, without `?`", "use a field that holds the value")
    if len(parts) not in (3, 4):
        remedy = "write {{ op://... }} around one with spaces, and an id for a name that holds other signs"
        return Problem(place, f"{text} has {len(parts)} part{'s' * (len(parts) > 1)}", _SHAPE, remedy)
    if odd := [part for part in parts if not _PART.fullmatch(part) or part != part.strip()]:
        expected = "letters, digits, `-`, `_`, `.` and inner spaces"
        remedy = "use the id instead of the name, or end the reference with {{ }}"
        return Problem(place, f"{text} has the part {odd[0]!r}", expected, remedy)
    section = parts[2] if len(parts) == 4 else ""
    return Reference(parts[0], parts[1], section, parts[-1])


def parsed(text: str, place: str = "reference") -> Reference:
    """As `parse`, for texts that must be right. Raises BadInput."""
    reference = parse(text, place)
    if isinstance(reference, Problem):
        raise BadInput([reference])
    return reference


def find(text: str) -> Iterator[Found]:
    """All that means to be a reference in `text`, right or wrong, in order. Lines that are comments are left out."""
    line, counted = 1, 0
    for match in _PATTERN.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if text[text.rfind("\n", 0, counted) + 1 : counted].lstrip().startswith("#"):
            continue
        yield Found(match["braced"] or match["bare"], match.start(), match.end(), line)
