"""Pydantic's errors as problems: the line, what stands there, what was expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from inventory.document import Document, Location, dotted
from inventory.expectation import expected, expected_key, keys
from inventory.problem import Problem

_PRIVATE: tuple[Location, ...] = (("identity",), ("git", "url"), ("secrets", "connect_url"), ("hypervisor", "api_url"))
"""Where a secret may stand by mistake (a key instead of its reference, a token in a URL): never quoted (rule 5)."""


def explain(document: Document, errors: Sequence[ErrorDetails]) -> tuple[Problem, ...]:
    """One problem for each defect: a misspelt key is not missing as well, nor a list too short for its bad items."""
    unknown = {error["loc"]: _near(document, error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    meant = {(*location[:-1], near) for location, near in unknown.items() if near}
    return tuple(_problem(document, error, unknown) for error in errors if not _echo(error, meant))


def near(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or ""."""
    return next(iter(difflib.get_close_matches(word, list(known), 1)), "")


def _echo(error: ErrorDetails, meant: set[Location]) -> bool:
    """Pydantic counts good items only, so a list whose items are all bad is "too short" to it."""
    return error["loc"] in meant or (error["type"] == "too_short" and bool(error["input"]))


def _problem(document: Document, error: ErrorDetails, unknown: dict[Location, str]) -> Problem:
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        return _unknown(document, location, unknown[location])
    if error["type"] == "missing":
        return _missing(document, location)
    if key := expected_key(location):
        what = f"the key `{_printable(str(location[-2]))}`"
        return Problem(document.place(location[:-1]), what, key, "correct it, or remove it")
    what = f"{_named(location)} is {_quoted(location, error['input'])}"
    return Problem(document.place(location), what, expected(location))


def _unknown(document: Document, location: Location, meant: str) -> Problem:
    allowed = ", ".join(keys(location[:-1]))
    remedy = f"did you mean `{meant}`?" if meant else "remove it"
    what = f"unknown key `{_printable(str(location[-1]))}`"
    return Problem(document.place(location), what, f"one of {allowed}", remedy)


def _missing(document: Document, location: Location) -> Problem:
    what = f"{_named(location[:-1])} has no `{location[-1]}`"
    return Problem(document.place(location[:-1]), what, expected(location), f"add `{location[-1]}:`")


def _near(document: Document, location: Location) -> str:
    """A key of this section that does not stand there yet and is spelt nearly so."""
    section = document.get(location[:-1])
    present = section if isinstance(section, dict) else {}
    return near(str(location[-1]), (key for key in keys(location[:-1]) if key not in present))


def _named(location: Location) -> str:
    return f"`{dotted(location)}`" if location else "the file"


def _quoted(location: Location, value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict | list | tuple):
        return "a section" if isinstance(value, dict) else "a list" if value else "an empty list"
    if any(location[: len(private)] == private for private in _PRIVATE):
        return "something else (not shown, as it may hold a secret)"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"the text '{_printable(value)}'" if isinstance(value, str) else str(value)


def _printable(text: str) -> str:
    """Fit for one line of a terminal."""
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    return "".join(letter if letter.isprintable() else "?" for letter in shown)
