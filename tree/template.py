"""Rendering the templates of a repository; whatever is wrong with one is told with its file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import NoReturn

from jinja2 import (
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)

from inventory.problem import BadInput, Problem
from tree import delimiters as delimiters_file
from tree.delimiters import Delimiters
from tree.minijinja import MiniJinja, environment

_cached_environment = lru_cache(maxsize=8)(environment)


class Templates:
    """The templates below `root`, by their path relative to it. Raises BadInput if .minijinja.toml is wrong."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.delimiters: Delimiters = delimiters_file.read(self.root)
        # A template is compiled once a process (5 ms each) and again when its file changes.
        self._jinja: MiniJinja = _cached_environment(self.root, self.delimiters)

    def render(self, name: str, variables: Mapping[str, str]) -> str:
        """Render with `variables` as ENV.X, ENV["X"] and env("X"). Raises BadInput with every problem of the template
        that can be known."""
        try:
            text = self._jinja.get_template(name).render(ENV=_Variables(variables), env=_lookup(variables))
        except TemplateSyntaxError as error:
            raise BadInput([_syntax(name, error)]) from None
        except TemplateNotFound as error:
            raise BadInput([self._not_found(name, error)]) from None
        except RecursionError:
            raise BadInput([Problem(f"{name}:1", "it includes itself without end", "includes that end")]) from None
        except (UnicodeDecodeError, OSError) as error:
            raise BadInput([Problem(f"{name}:1", f"it cannot be read ({error})", "a readable UTF-8 file")]) from None
        except Exception as error:  # an expression of a template can raise anything that Python can
            self._failed(name, variables, error)
        return text + "\n" if self.delimiters.newline else text

    def _failed(self, name: str, variables: Mapping[str, str], error: Exception) -> NoReturn:
        first = Problem(self._place(name, error), *_told(error))
        others = self._undefined(name, variables) if isinstance(error, UndefinedError) else ()
        raise BadInput(tuple(dict.fromkeys([first, *others]))) from None

    def _place(self, name: str, error: Exception) -> str:
        """Jinja2 rewrites the traceback of a render, so that its last frame in a template has the template's line."""
        place = f"{name}:1"
        for frame, line in walk_tb(error.__traceback__):
            path = Path(frame.f_code.co_filename)
            if path.suffix != ".py" and path.is_relative_to(self.root):
                place = f"{path.relative_to(self.root).as_posix()}:{line}"
        return place

    def _not_found(self, name: str, error: TemplateNotFound) -> Problem:
        if error.name == name:
            return Problem(
                name, "the template is missing", "a file at this path", "create it, or mend the tree's layout"
            )
        what = f"it includes `{error.name}`, which does not exist"
        return Problem(self._place(name, error), what, "a template at that path, relative to this one")

    def _undefined(self, name: str, variables: Mapping[str, str]) -> Iterator[Problem]:
        source = (self.root / name).read_text(encoding="utf-8")
        for missing, line in sorted(_used(self._jinja.parse(source)), key=lambda use: use[1]):
            if missing not in variables:
                yield Problem(f"{name}:{line}", f"the variable ENV.{missing} is undefined", _KNOWN, _REMEDY)


class _Variables(dict[str, str]):
    """ENV, as a type of its own: Jinja2 names the type of what lacks an attribute, so ENV is told from others."""


_KNOWN = "a variable that the inventory gives to templates"
_REMEDY = "mend the name, or give it a value with `| default(...)`"


def _lookup(variables: Mapping[str, str]) -> Callable[..., str]:
    def env(name: str, default: str | None = None) -> str:
        if name in variables:
            return variables[name]
        if default is None:
            raise UndefinedError(f"the variable {name} is undefined")
        return default

    return env


def _used(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """Names of ENV that a template cannot do without, with their lines; those that are tested or defaulted are free."""
    guarded: set[int] = set()
    guards: list[nodes.Filter | nodes.Test] = [*tree.find_all(nodes.Filter), *tree.find_all(nodes.Test)]
    for guard in guards:
        if guard.name in {"default", "d", "defined", "undefined"}:
            guarded.add(id(guard.node))
    accesses: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    for access in accesses:
        if isinstance(access.node, nodes.Name) and access.node.name == "ENV" and id(access) not in guarded:
            attribute = access.attr if isinstance(access, nodes.Getattr) else _constant(access.arg)
            if attribute is not None:
                yield attribute, access.lineno


def _constant(node: nodes.Expr) -> str | None:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def _syntax(name: str, error: TemplateSyntaxError) -> Problem:
    return Problem(f"{error.name or name}:{error.lineno}", f"it is not a template ({error.message})", "Jinja2's syntax")


def _told(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, UndefinedError):
        return _undefined_sentence(str(error.message)), _KNOWN, _REMEDY
    reason = error.message if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return f"it cannot be rendered ({reason})", "an expression that Jinja2 and MiniJinja both know", "mend this line"


def _undefined_sentence(message: str) -> str:
    found = re.fullmatch(r"'\S*\._Variables object' has no attribute '(.*)'", message)
    return f"the variable ENV.{found[1]} is undefined" if found else f"a value is undefined ({message})"
