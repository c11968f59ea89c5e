"""Where a tool lies: by all that decides what is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lab.toolbox.key import recipe_key, user_cache
from lab.toolbox.tool import Binary, Tool
from tests.lab.toolbox.tiny import TINY, Bench


def _same(bench: Bench) -> Tool:
    return TINY


def _file(name: str) -> Callable[[Bench], Tool]:
    def change(bench: Bench) -> Tool:
        (bench.toolbox.recipes / "tiny" / name).write_text("other\n")
        return TINY

    return change


@pytest.mark.parametrize(
    ("change", "other"),
    [
        (_same, False),
        (_file("go.mod"), True),
        (_file("go.sum"), True),
        (lambda _: replace(TINY, settings=()), True),
        (lambda _: replace(TINY, tags=("x",)), True),
        (lambda _: replace(TINY, material=("api",)), True),
        (lambda _: replace(TINY, binaries=(Binary("small", "example.test/tiny"),)), True),
        (lambda _: replace(TINY, cold_s=999.0), False),
    ],
)
def test_the_key_changes_with_what_is_built(bench: Bench, change: Callable[[Bench], Tool], other: bool) -> None:
    """go.mod, go.sum and recipe; not with how long it takes."""
    before = recipe_key(TINY, bench.toolbox.recipes)
    after = recipe_key(change(bench), bench.toolbox.recipes)
    assert len(before) == len(after) == 16
    assert (before != after) is other


def test_a_line_that_moves_from_one_file_to_the_other_changes_the_key(bench: Bench) -> None:
    """The two files are told apart."""
    mod, sums = (bench.toolbox.recipes / "tiny" / name for name in ("go.mod", "go.sum"))
    mod.write_text("a\nb\n")
    sums.write_text("c\n")
    before = recipe_key(TINY, bench.toolbox.recipes)
    mod.write_text("a\n")
    sums.write_text("b\nc\n")
    assert recipe_key(TINY, bench.toolbox.recipes) != before


@pytest.mark.parametrize(
    ("named", "expected"),
    [("/somewhere", "/somewhere/firstlight/tools"), ("", "/home/me/.cache/firstlight/tools"),
     ("relative", "/home/me/.cache/firstlight/tools")],
)  # fmt: skip
def test_the_users_cache_is_where_the_desktop_standard_says(
    monkeypatch: pytest.MonkeyPatch, named: str, expected: str
) -> None:
    """XDG_CACHE_HOME when it is a whole path, else ~/.cache."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert user_cache() == Path(expected)
