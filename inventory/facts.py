"""Values of a document by a path with stars, as far as they can be read: a broken part does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Generic, TypeVar

from inventory.document import Document, Location, Value

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Fact(Generic[T_co]):
    """A value that was read, and where it stands."""

    location: Location
    value: T_co


def facts(document: Document, path: str, read: Callable[[str], T_co]) -> tuple[Fact[T_co], ...]:
    """What stands at a path such as "nodes.*.address", in file order.

    read: makes the value of its text; what it refuses by ValueError is left out, for the shape's check reports it.
    """
    found = (_read(location, value, read) for location, value in _walk((), document.value, path.split(".")))
    return tuple(fact for fact in found if fact is not None)


def op_reference(text: str) -> str:
    """A 1Password reference, made comparable: names in it are compared without case.

    Raises ValueError for anything else, so that a secret that stands where its reference should is never quoted.
    """
    if not text.startswith("op://"):
        raise ValueError("not a reference")
    return text.lower()


def touches(location: Location, path: str) -> bool:
    """Whether a location is on the way to a path, or below it."""
    pairs = zip_longest(location, path.split("."))
    return all(part is None or star in (None, "*", part) for part, star in pairs)


def _walk(location: Location, value: Value, path: list[str]) -> Iterator[tuple[Location, Value]]:
    if not path:
        yield location, value
    elif path[0] == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk((*location, index), item, path[1:])
    elif path[0] == "*" and isinstance(value, dict):
        for key, item in value.items():
            yield from _walk((*location, key), item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _walk((*location, path[0]), value[path[0]], path[1:])


def _read(location: Location, value: Value, read: Callable[[str], T_co]) -> Fact[T_co] | None:
    if value is None or isinstance(value, bool | list | dict):
        return None
    try:
        return Fact(location, read(str(value)))
    except ValueError:
        return None
