"""What a template gets that cannot be rendered: its file, its line, and all of it at once where that can be known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inventory.problem import Problem
from tests.tree.samples import MINIJINJA, refused, told, write
from tree.template import Templates

VARIABLES = {"NAME": "alpha", "EMPTY": ""}


def problems_of(root: Path, text: str, **others: str) -> tuple[Problem, ...]:
    """The problems of the template t.j2; further templates by their name without .j2."""
    write(root, {".minijinja.toml": MINIJINJA, "t.j2": text, **{f"{name}.j2": body for name, body in others.items()}})
    return refused(Templates(root).render, "t.j2", VARIABLES)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a\nb: #{ ENV.MISING }#\n", 2, "the variable ENV.MISING is undefined"),
        ('a\n\nb: #{ ENV["MISING"] }#\n', 3, "the variable ENV.MISING is undefined"),
        ("a: #{ env('MISING') }#\n", 1, "the variable MISING is undefined"),
        ("a\nb: #{ NAME }#\n", 2, "'NAME' is undefined"),
        ("#% if ENV.MISING %#\na\n#% endif %#\n", 1, "the variable ENV.MISING is undefined"),
        ("a\n#% for x in ENV.MISING | split(',') %#\na\n#% endfor %#\n", 2, "ENV.MISING is undefined"),
        ("a\n#{ ENV.NAME.first }#\n", 2, "has no attribute 'first'"),
        ("a\n#{ ENV.MISING.more }#\n", 2, "ENV.MISING is undefined"),
        ("#| c\n |#\na: #{ ENV.MISING }#\n", 3, "ENV.MISING is undefined"),
        ("a\n#% if ENV.NAME %#\nb\n", 3, "it is not a template"),
        ("a\nb\n#{ ENV.NAME \n", 3, "it is not a template"),
        ("a\n#{ ENV.NAME | nofilter }#\n", 2, "No filter named 'nofilter'"),
        ("a\n#% nonsense %#\n", 2, "unknown tag 'nonsense'"),
        ("a\n#{ 1 / 0 }#\n", 2, "ZeroDivisionError"),
        ("a\n#{ 'x' + 1 }#\n", 2, "TypeError"),
        ("a\n#{ ENV.NAME | int }#\n", 2, "no whole number"),
        ("a\n#{ [1] }#\n", 2, "a list would be printed"),
        ("a\n#{ none }#\n", 2, "a none would be printed"),
        ("a\nb #{ {'x': 1}.y }#\n", 2, "a value is undefined ('dict object' has no attribute 'y')"),
        ("a\n#% include 'gone.j2' %#\n", 2, "includes `gone.j2`, which does not exist"),
        ("a\n#% include '../../gone.j2' %#\n", 2, "does not exist"),
    ],
)
def test_a_broken_template(text: str, line: int, part: str, tmp_path: Path) -> None:
    """One problem, at the line where the template is broken."""
    (problem,) = problems_of(tmp_path, text)
    assert problem.place == f"t.j2:{line}"
    assert part in problem.what


def test_all_undefined_variables_at_once(tmp_path: Path) -> None:
    """An operator mends a template once, not once for every misspelt name."""
    text = "#{ ENV.ONE }#\n#{ ENV.NAME }#\n#{ ENV['TWO'] }#\n#% if false %#\n#{ ENV.THREE }#\n#% endif %#\n"
    found = problems_of(tmp_path, text)
    assert [(problem.place, problem.what.split()[2]) for problem in found] == [
        ("t.j2:1", "ENV.ONE"),
        ("t.j2:3", "ENV.TWO"),
        ("t.j2:5", "ENV.THREE"),
    ]


def test_two_undefined_variables_in_one_line(tmp_path: Path) -> None:
    """Both are told, each once."""
    found = problems_of(tmp_path, "#{ ENV.ONE }# #{ ENV.ONE }# #{ ENV.TWO }#\n")
    assert [problem.what.split()[2] for problem in found] == ["ENV.ONE", "ENV.TWO"]


def test_carriage_returns_are_refused(tmp_path: Path) -> None:
    """MiniJinja would keep them and Jinja2 drop them: no same bytes."""
    write(tmp_path, {".minijinja.toml": MINIJINJA})
    (tmp_path / "t.j2").write_bytes(b"a\nb\r\n")
    (problem,) = refused(Templates(tmp_path).render, "t.j2", {})
    assert problem.place == "t.j2:2"
    assert "carriage return" in problem.what


def test_names_that_may_be_missing_are_not_called_undefined(tmp_path: Path) -> None:
    """A default and a test for being defined are how a template says that it can do without."""
    text = "#{ ENV.A | default('x') }##% if ENV.B is defined %##% endif %#\n#{ ENV.C }#\n"
    assert [problem.place for problem in problems_of(tmp_path, text)] == ["t.j2:2"]


def test_an_included_template_is_told_by_its_own_name(tmp_path: Path) -> None:
    """The line is that of the file in which the defect stands."""
    (problem, *_) = problems_of(tmp_path, "#% include 'part.j2' %#\n", part="a\n\n#{ ENV.GONE }#\n")
    assert problem.place == "part.j2:3"


def test_an_included_template_with_broken_syntax(tmp_path: Path) -> None:
    """The same holds for what cannot be parsed."""
    (problem,) = problems_of(tmp_path, "#% include 'part.j2' %#\n", part="a\n#% if %#\n")
    assert problem.place == "part.j2:2"


def test_a_template_that_includes_itself(tmp_path: Path) -> None:
    """It ends, with a sentence."""
    (problem,) = problems_of(tmp_path, "#% include 't.j2' %#\n")
    assert "includes itself" in problem.what


def test_includes_are_relative_to_the_template_as_minijinja_cli_has_it(tmp_path: Path) -> None:
    """minijinja-cli joins the name to the including file's folder."""
    files = {"a/b/t.j2": "#% include '../c.j2' %#", "a/c.j2": "c of a", "c.j2": "c of the root"}
    write(tmp_path, {".minijinja.toml": MINIJINJA, **files})
    assert Templates(tmp_path).render("a/b/t.j2", {}) == "c of a\n"


def test_a_missing_template(tmp_path: Path) -> None:
    """Its path is told, to be created."""
    write(tmp_path, {".minijinja.toml": MINIJINJA})
    assert told(refused(Templates(tmp_path).render, "kubernetes/x/t.j2", {})) == [
        "kubernetes/x/t.j2: the template is missing; expected a file at this path; create it, or mend the tree's layout"
    ]


def test_a_template_that_is_not_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are told."""
    write(tmp_path, {".minijinja.toml": MINIJINJA})
    (tmp_path / "t.j2").write_bytes(b"a\xff")
    assert "cannot be read" in told(refused(Templates(tmp_path).render, "t.j2", {}))[0]


def test_a_template_outside_of_the_root_is_not_read(tmp_path: Path) -> None:
    """A tree cannot reach for files beyond its repository."""
    write(
        tmp_path,
        {"secret.j2": "secret", "repo/.minijinja.toml": MINIJINJA, "repo/t.j2": "#% include '../secret.j2' %#"},
    )
    assert "does not exist" in told(refused(Templates(tmp_path / "repo").render, "t.j2", {}))[0]


def test_a_changed_template_is_rendered_anew(tmp_path: Path) -> None:
    """Compiled templates are kept for the process, but never longer than the file is the same."""
    write(tmp_path, {".minijinja.toml": MINIJINJA, "t.j2": "one"})
    assert Templates(tmp_path).render("t.j2", {}) == "one\n"
    write(tmp_path, {"t.j2": "two"})
    os.utime(tmp_path / "t.j2", ns=(1, 1))
    assert Templates(tmp_path).render("t.j2", {}) == "two\n"


def test_no_variable_of_the_operators_shell_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENV is what the inventory says and nothing else, or two operators would render two configs."""
    monkeypatch.setenv("FROM_THE_SHELL", "x")
    (problem,) = problems_of(tmp_path, "#{ ENV.FROM_THE_SHELL }#\n")
    assert "ENV.FROM_THE_SHELL is undefined" in problem.what


def test_rendering_needs_the_delimiters(tmp_path: Path) -> None:
    """Without .minijinja.toml nothing is rendered by guess."""
    assert ".minijinja.toml" in told(refused(Templates, tmp_path))[0]
