"""Jinja2 made to write the same bytes as minijinja-cli, or to refuse.

Where the two would write different text (lists, true, none, floats, methods of Python's types) the template is refused
instead. Compared with MiniJinja's own binding in tests/tree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateRuntimeError, TemplateSyntaxError, Undefined

from tree.delimiters import Delimiters

_HTML_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"}
_PLAIN_TYPES = (str, bytes, int, float, list, tuple, Mapping, type(None))


class MiniJinja(Environment):
    """Looks names up as MiniJinja does: `a.b` is an item of a mapping, never a method of a Python type."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, _PLAIN_TYPES):
            return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def join_path(self, template: str, parent: str) -> str:
        """An included template is named relative to the one that includes it."""
        parts: list[str] = []
        for part in (PurePosixPath(parent).parent / template).parts:
            if part == "..":
                del parts[-1:]
            else:
                parts.append(part)
        return "/".join(parts)


class UnixLoader(FileSystemLoader):
    """Refuses carriage returns: Jinja2 would drop them, MiniJinja keep them."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, is_current = super().get_source(environment, template)
        before, found, _ = Path(file).read_bytes().partition(b"\r")
        if found:
            line = before.count(b"\n") + 1
            raise TemplateSyntaxError("it has a carriage return: save it with Unix line ends", line, template, file)
        return source, file, is_current


def environment(root: Path, delimiters: Delimiters) -> MiniJinja:
    """An environment whose templates are named by their path below `root`."""
    made = MiniJinja(
        loader=UnixLoader(root),
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=delimiters.trim_blocks,
        lstrip_blocks=delimiters.lstrip_blocks,
        block_start_string=delimiters.block[0],
        block_end_string=delimiters.block[1],
        variable_start_string=delimiters.variable[0],
        variable_end_string=delimiters.variable[1],
        comment_start_string=delimiters.comment[0],
        comment_end_string=delimiters.comment[1],
        line_statement_prefix=delimiters.line_statement or None,
        line_comment_prefix=delimiters.line_comment or None,
    )
    made.filters.update(split=_split, lines=_lines, tojson=_tojson, int=_int, bool=bool)
    return made


def _printable(value: Any) -> Any:
    """Let texts and whole numbers through: MiniJinja prints true, none, lists and floats in another way than Python."""
    if isinstance(value, str | Undefined) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    kind = "none" if value is None else type(value).__name__
    raise TemplateRuntimeError(f"a {kind} would be printed; only texts and whole numbers print the same everywhere")


def _split(value: str, separator: str | None = None, count: int | None = None) -> list[str]:
    return value.split(separator, -1 if count is None else count)


def _lines(value: str) -> list[str]:
    return [line.removesuffix("\r") for line in value.removesuffix("\n").split("\n")]


def _tojson(value: Any, indent: int | None = None) -> str:
    """As MiniJinja writes it: keys in their own order, characters as they are, HTML's special ones escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub("[<>&']", lambda match: _HTML_UNSAFE[match[0]], text)


def _int(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise TemplateRuntimeError("a value that is no whole number was given to the filter `int`") from None
