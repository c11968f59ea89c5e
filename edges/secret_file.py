"""Secrets from a plain file of one mapping, op:// reference to value: for the lab and for tests."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from inventory.problem import Problem
from tree.reference import Reference, parse

_AGAIN = "then run the same command again"


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A SecretSource: YAML or JSON, e.g. `op://homelab/talos/TOKEN: "abc"`. Nobody but its owner may read it."""

    path: Path

    async def check(self) -> str:
        """ "" when it can be read and says what it should."""
        try:
            self._values()
        except Permanent as error:
            return f"{error.sentence}: {error.next_action}"
        return ""

    async def resolve(self, references: frozenset[Reference]) -> Mapping[Reference, Secret]:
        """Raises Permanent when the file cannot be used, or naming all references that it does not hold."""
        if not references:
            return {}
        values = self._values()
        if missing := [str(reference) for reference in sorted(references) if reference not in values]:
            raise Permanent(
                f"{self.path} has no value for {', '.join(missing)}", f"add each as a line `reference: value`, {_AGAIN}"
            )
        return {reference: values[reference] for reference in references}

    def _values(self) -> dict[Reference, Secret]:
        found, problems = _understood(_mapping(self.path, _read(self.path)), self.path)
        if problems:
            raise Permanent("\n".join(map(str, problems)), f"correct {self.path}, {_AGAIN}")
        return found


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Permanent(
                    f"{path} holds secrets and others may use it (mode {stat.S_IMODE(mode):04o}, expected 0600)",
                    f"chmod 600 {path}, {_AGAIN}",
                )
            return file.read()
    except OSError as error:
        raise Permanent(
            f"{path} cannot be read: {error.strerror}", f"write it, or correct its path, {_AGAIN}"
        ) from None
    except UnicodeDecodeError:
        raise Permanent(f"{path} is not text in UTF-8", f"save it as UTF-8, {_AGAIN}") from None


def _mapping(path: Path, text: str) -> list[tuple[object, object, int]]:
    """Keys, values and lines. The parser's own words are not repeated: they quote the file, and so its secrets."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        document = YAML(typ="rt", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise Permanent(
            f"{place}: this is no YAML, or a key stands there twice", f"correct the line or the one before, {_AGAIN}"
        ) from None
    if not isinstance(document, dict):
        raise Permanent(f"{path} is no mapping of references to values", f"write lines `reference: value`, {_AGAIN}")
    lines = getattr(document, "lc", None)
    return [(key, value, (lines.key(key)[0] if lines else 0) + 1) for key, value in document.items()]


def _understood(entries: list[tuple[object, object, int]], path: Path) -> tuple[dict[Reference, Secret], list[Problem]]:
    found: dict[Reference, Secret] = {}
    problems = []
    for key, value, line in entries:
        place = f"{path}:{line}"
        reference = parse(str(key), place)
        if isinstance(reference, Problem):
            problems.append(reference)
        elif reference in found:
            problems.append(
                Problem(place, f"{reference} stands here again", "each reference once", "remove one of them")
            )
        elif not isinstance(value, str) or not value:
            what = f"the value of {reference} is {'empty' if not value else f'a {type(value).__name__}'}"
            problems.append(Problem(place, what, "a text", "put it in quotes"))
        else:
            found[reference] = Secret(str(value))
    return found, problems
