"""What .minijinja.toml says, and what it gets when it says it wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree.samples import MINIJINJA, ROOT, refused, told
from tree.delimiters import Delimiters, parse, read

RIGHT = 'autoescape = "none"\n'


def test_this_repository_leaves_the_braces_of_helm_and_flux_alone() -> None:
    """The delimiters are those that the templates are written in; none of them means anything to Helm or Flux."""
    assert read(ROOT) == Delimiters(
        block=("#%", "%#"),
        variable=("#{", "}#"),
        comment=("#|", "|#"),
        line_statement="",
        line_comment="",
        trim_blocks=True,
        lstrip_blocks=True,
        newline=True,
    )


def test_what_the_file_does_not_say_is_as_minijinja_cli_has_it() -> None:
    """Defaults are those of minijinja-cli's src/config.rs."""
    assert parse(RIGHT) == Delimiters(("{%", "%}"), ("{{", "}}"), ("{#", "#}"), "", "", False, False, True)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('[syntax]\nvariable-start = "<<"', "variable", ("<<", "}}")),
        ('[syntax]\nblock-end = "@>"', "block", ("{%", "@>")),
        ('[syntax]\ncomment-start = "/*"', "comment", ("/*", "#}")),
        ('[syntax]\nline-statement-prefix = "%%"', "line_statement", "%%"),
        ('[syntax]\nline-comment-prefix = "%#"', "line_comment", "%#"),
        ("trim-blocks = true", "trim_blocks", True),
        ("lstrip-blocks = true", "lstrip_blocks", True),
        ("newline = false", "newline", False),
    ],
)
def test_every_key_has_its_place(text: str, field: str, value: object) -> None:
    """Each key of the file changes its own field and nothing else."""
    changed = parse(f"{RIGHT}{text}\n")
    assert getattr(changed, field) == value
    others = [name for name in Delimiters.__slots__ if name != field]
    assert [getattr(changed, name) for name in others] == [getattr(parse(RIGHT), name) for name in others]


@pytest.mark.parametrize("key", ['format = "json"', "env = true", "strict = false", "fuel = 10", "safe-paths = []"])
def test_keys_that_change_nothing_here_are_accepted(key: str) -> None:
    """Files of other repositories of this layout have them; rendering is strict and has ENV in any case."""
    assert parse(f"{RIGHT}{key}\n") == parse(RIGHT)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (f"{RIGHT}colour = 1\n", 2, "unknown key `colour`"),
        (f'{RIGHT}\n[syntax]\nvariable-begin = "#{{"\n', 4, "unknown key `syntax.variable-begin`"),
        (f'{RIGHT}variable-start = "#{{"\n', 2, "unknown key `variable-start`"),
        (f'{RIGHT}trim-blocks = "yes"\n', 2, "`trim-blocks` is 'yes'"),
        (f"{RIGHT}newline = 1\n", 2, "`newline` is 1"),
        (f'{RIGHT}\n[syntax]\nblock-start = ""\n', 4, "`syntax.block-start` is ''"),
        (f"{RIGHT}\n[syntax]\nblock-start = 3\n", 4, "`syntax.block-start` is 3"),
        (f'{RIGHT}syntax = "x"\n', 2, "`syntax` is not a table"),
        ("trim-blocks = true\n", 1, "`autoescape` is 'auto'"),
        ('newline = true\nautoescape = "html"\n', 2, "`autoescape` is 'html'"),
        (f"{RIGHT}py-compat = true\n", 2, "`py-compat` is set"),
        (f"{RIGHT}defines = {{ a = 1 }}\n", 2, "`defines` is set"),
        (f'{RIGHT}[syntax]\nblock-start = "{{{{"\n', 3, "are both '{{'"),
        (f"{RIGHT}syntax = \n", 2, "it is not TOML"),
        (f"{RIGHT}{RIGHT}", 2, "it is not TOML"),
    ],
)
def test_bad_text(text: str, line: int, part: str) -> None:
    """Each defect is told with its line."""
    problems = refused(parse, text)
    assert [problem.place for problem in problems] == [f".minijinja.toml:{line}"]
    assert part in problems[0].what


def test_all_problems_at_once() -> None:
    """Three defects are three problems."""
    assert len(refused(parse, 'colour = 1\ntrim-blocks = 2\nautoescape = "json"\n')) == 3


def test_a_repository_without_the_file(tmp_path: Path) -> None:
    """The file's absence is told as a thing to create, not as an exception of Python's."""
    assert "the file is missing" in told(refused(read, tmp_path))[0]


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are told."""
    (tmp_path / ".minijinja.toml").write_bytes(b"\xff\xfe")
    assert "cannot be read" in told(refused(read, tmp_path))[0]


def test_the_samples_of_these_tests_use_the_repositorys_own_file() -> None:
    """Otherwise these tests would prove nothing about the real templates."""
    assert parse(MINIJINJA) == read(ROOT)
