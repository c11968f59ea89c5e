"""How the templates of a repository are written: what .minijinja.toml says, as a value.

The format is that of minijinja-cli's configuration file (its src/config.rs): kebab-case keys, a table `syntax`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory.problem import BadInput, Problem

FILE = ".minijinja.toml"

_SYNTAX = {
    "block-start": "{%",
    "block-end": "%}",
    "variable-start": "{{",
    "variable-end": "}}",
    "comment-start": "{#",
    "comment-end": "#}",
    "line-statement-prefix": "",
    "line-comment-prefix": "",
}
_SWITCHES = {"trim-blocks": False, "lstrip-blocks": False, "newline": True}
# minijinja-cli knows these too, and they change nothing here: rendering is always strict, with ENV, without data files.
_WITHOUT_EFFECT = frozenset({"format", "include", "env", "strict", "safe-paths", "expr-out", "fuel"})
_KNOWN = frozenset({"autoescape", "py-compat", "defines", "syntax", *_SWITCHES, *_WITHOUT_EFFECT})


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The marks around blocks, variables and comments, and what happens to white space. newline: end the output with
    one line feed more, as minijinja-cli does; the template's own last one is never kept."""

    block: tuple[str, str]
    variable: tuple[str, str]
    comment: tuple[str, str]
    line_statement: str
    line_comment: str
    trim_blocks: bool
    lstrip_blocks: bool
    newline: bool


def read(root: Path) -> Delimiters:
    """Read .minijinja.toml in `root`. Raises BadInput with every problem of the file."""
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput([_missing()]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([Problem(FILE, f"it cannot be read ({error})", "a readable UTF-8 file")]) from None
    return parse(text)


def parse(text: str) -> Delimiters:
    """The delimiters that a configuration text gives. Raises BadInput with every problem of the text."""
    try:
        config = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"{FILE}:{line[1] if line else 1}"
        raise BadInput([Problem(place, f"it is not TOML ({error})", "TOML as minijinja-cli reads it")]) from None
    problems = [*_unknown(config, text), *_wrong_types(config, text), *_unsupported(config, text)]
    if not problems:
        problems = list(_clashing(config, text))
    if problems:
        raise BadInput(problems)
    return _delimiters({**_SWITCHES, **config}, {**_SYNTAX, **config.get("syntax", {})})


def _delimiters(switches: Mapping[str, Any], syntax: Mapping[str, str]) -> Delimiters:
    return Delimiters(
        block=(syntax["block-start"], syntax["block-end"]),
        variable=(syntax["variable-start"], syntax["variable-end"]),
        comment=(syntax["comment-start"], syntax["comment-end"]),
        line_statement=syntax["line-statement-prefix"],
        line_comment=syntax["line-comment-prefix"],
        trim_blocks=switches["trim-blocks"],
        lstrip_blocks=switches["lstrip-blocks"],
        newline=switches["newline"],
    )


def _missing() -> Problem:
    return Problem(
        FILE,
        "the file is missing",
        "the delimiters of the templates in minijinja-cli's format",
        "create it at the root of the repository",
    )


def _place(text: str, key: str) -> str:
    pattern = re.compile(rf"^\s*\[?\s*[\"']?{re.escape(key)}\b")
    numbers = (number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line))
    return f"{FILE}:{next(numbers, 1)}"


def _unknown(config: Mapping[str, Any], text: str) -> Iterator[Problem]:
    for key in config.keys() - _KNOWN:
        yield Problem(_place(text, key), f"unknown key `{key}`", f"one of {', '.join(sorted(_KNOWN))}")
    syntax = config.get("syntax", {})
    for key in (syntax.keys() if isinstance(syntax, dict) else set()) - _SYNTAX.keys():
        yield Problem(_place(text, key), f"unknown key `syntax.{key}`", f"one of {', '.join(sorted(_SYNTAX))}")


def _wrong_types(config: Mapping[str, Any], text: str) -> Iterator[Problem]:
    for key in _SWITCHES:
        if not isinstance(config.get(key, True), bool):
            yield Problem(_place(text, key), f"`{key}` is {config[key]!r}", "true or false")
    syntax = config.get("syntax", {})
    if not isinstance(syntax, dict):
        yield Problem(_place(text, "syntax"), "`syntax` is not a table", "a table [syntax]")
        return
    for key, value in syntax.items():
        if key in _SYNTAX and not (isinstance(value, str) and (value or not _SYNTAX[key])):
            yield Problem(_place(text, key), f"`syntax.{key}` is {value!r}", "a text that is not empty")


def _unsupported(config: Mapping[str, Any], text: str) -> Iterator[Problem]:
    autoescape = config.get("autoescape", "auto")
    if autoescape != "none":
        yield Problem(
            _place(text, "autoescape"),
            f"`autoescape` is {autoescape!r}",
            "'none', because any other choice rewrites the values of YAML files",
            'write autoescape = "none"',
        )
    for key in ("py-compat", "defines"):
        if config.get(key):
            yield Problem(_place(text, key), f"`{key}` is set", f"templates that need no `{key}`", "remove it")


def _clashing(config: Mapping[str, Any], text: str) -> Iterator[Problem]:
    """Start marks must differ, or a template means two things (minijinja refuses them as well)."""
    syntax = {**_SYNTAX, **config.get("syntax", {})}
    seen: dict[str, str] = {}
    for key in ("variable-start", "block-start", "comment-start"):
        if (other := seen.setdefault(syntax[key], key)) != key:
            what = f"`{key}` and `{other}` are both {syntax[key]!r}"
            yield Problem(_place(text, key), what, "three different start marks")
