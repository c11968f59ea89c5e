"""A value that must not be seen: it prints as <secret> and cannot be formatted, pickled or turned into JSON."""

from __future__ import annotations

from typing import Any, final


@final
class Secret:
    """Holds one secret text. Only `reveal()` gives it out, and only edges (stdin, environment, TLS) may call that."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself. The caller must not log, format or store it."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> Any:
        raise TypeError("a secret cannot be pickled or copied into a file")
