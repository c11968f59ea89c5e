"""Bad input as a value: where, what, what was expected, what to do. All problems of a file are reported at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect of an input. place: "file:line" (or a flag, e.g. "--only"); remedy: what to do, may be empty."""

    place: str
    what: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        tail = f"; {self.remedy}" if self.remedy else ""
        return f"{self.place}: {self.what}; expected {self.expected}{tail}"


class BadInput(Exception):
    """Input that cannot be used. Exit code 1, printed one problem a line, never as a traceback."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
