"""Secret values in the places of their references: the YAML that is read afterwards holds exactly them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.secret import Secret
from inventory.problem import BadInput
from tests.tree.samples import refused, told
from tree.injection import inject
from tree.reference import Reference

REFERENCE = Reference("v", "i", "", "f")
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n"
CANARY = "c4n4ry"


def values(value: str) -> Mapping[Reference, Secret]:
    return {REFERENCE: Secret(value)}


def read(text: str, value: str) -> Any:
    return yaml.safe_load(inject(text, values(value)).reveal())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_value_survives_double_quotes(value: str) -> None:
    """Whatever a secret holds (line breaks, quotes, control characters), YAML reads back the same text."""
    assert read('a: "op://v/i/f"\nb: ["x op://v/i/f"]\n', value) == {"a": value, "b": [f"x {value}"]}


ONE_LINE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)


@given(ONE_LINE)
def test_every_line_of_text_survives_as_a_bare_or_single_quoted_scalar(value: str) -> None:
    """A bare reference becomes a quoted value: digits, `yes` and `a: b` stay the texts that they are."""
    text = "a: op://v/i/f\nb: 'op://v/i/f'\nc: [op://v/i/f]\nd:\n  - op://v/i/f\n"
    assert read(text, value) == {"a": value, "b": value, "c": [value], "d": [value]}


@given(ONE_LINE)
def test_a_value_amid_bare_text_or_in_a_block_survives_or_is_refused(value: str) -> None:
    """Never a third thing: what YAML would read in another way is not written."""
    for text, expected in (("a: x-op://v/i/f\n", f"x-{value}"), ("a: |\n  key=op://v/i/f\n", f"key={value}\n")):
        with suppress(BadInput):
            assert read(text, value) == {"a": expected}


@pytest.mark.parametrize("value", ["0123", "yes", "null", "1e3", "~", "a: b", "- a", "# a", "*a", "!a", "", "{{x}}"])
def test_a_bare_reference_stays_text(value: str) -> None:
    """A token that looks like another type, or like syntax, is still a text."""
    assert read("a: op://v/i/f\n", value) == {"a": value}


@pytest.mark.parametrize("text", ["a: op://v/i/f\n", "a: 'op://v/i/f'\n", "a: |\n  op://v/i/f\n", "a: x-op://v/i/f\n"])
def test_several_lines_outside_of_double_quotes_are_refused(text: str) -> None:
    """They would end the scalar, and what follows would be read as configuration."""
    (problem,) = refused(inject, text, values(CERTIFICATE))
    assert "op://v/i/f has several lines" in problem.what
    assert "double quotes" in problem.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: x op://v/i/f\n", "b # c"),
        ("a: x op://v/i/f\n", "b: c"),
        ("- op://v/i/f x\n", "-"),
        ("a: op://v/i/f,x\n", "&anchor"),
        ("a: |\n  op://v/i/f\n", "  indented"),
        ("a: |\n  op://v/i/f\n", "ends with a space "),
    ],
)
def test_values_that_would_change_the_yaml_are_refused(text: str, value: str) -> None:
    """Amid other text only harmless characters may stand."""
    assert "YAML" in refused(inject, text, values(value))[0].what


@pytest.mark.parametrize("value", ["c2VjcmV0Cg==", "a-b_c.d", "0", "AGE/+x="])
def test_harmless_values_may_stand_amid_other_text(value: str) -> None:
    """Tokens and base64 text are what such places are for."""
    text = "a: x op://v/i/f\nb: |\n  key=op://v/i/f\n  # end\n"
    assert read(text, value) == {"a": f"x {value}", "b": f"key={value}\n# end\n"}


def test_braces_are_replaced_too() -> None:
    """`op inject` knows {{ op://... }} as well."""
    assert read('a: "x{{ op://v/i/f }}y"\n', "1") == {"a": "x1y"}


def test_comments_keep_their_text() -> None:
    """A secret is not written where nothing reads it."""
    text = "# op://v/i/f\na: op://v/i/f\n"
    assert inject(text, values("s")).reveal() == '# op://v/i/f\na: "s"\n'


def test_text_without_references_is_not_touched() -> None:
    """Byte for byte the same."""
    text = "# é\na:   'b'   # c\n---\nd: |\n  e\n"
    assert inject(text, {}).reveal() == text


def test_characters_beyond_ascii_do_not_shift_the_places() -> None:
    """Positions are of characters, not of bytes."""
    assert read("a: ééé 😀\nb: 'ü op://v/i/f ö'\n", "x") == {"a": "ééé 😀", "b": "ü x ö"}


def test_one_secret_by_two_spellings() -> None:
    """References differ in case only: the same value."""
    assert read("a: op://V/I/F\nb: op://v/i/f\n", "s") == {"a": "s", "b": "s"}


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: 1\nb: op://v/i/other\n", 2, "op://v/i/other has no value"),
        ("b: op://v/i\n", 1, "op://v/i has 2 parts"),
        ("a: [1\nb: op://v/i/f\n", 2, "it is not YAML"),
        ("a: {{ op://v/i/f }}\n", 1, "op://v/i/f stands outside of every value"),
    ],
)
def test_bad_texts(text: str, line: int, part: str) -> None:
    """Each is told with its line."""
    problems = refused(inject, text, values(CANARY))
    assert [problem.place for problem in problems] == [f"rendered text:{line}"]
    assert part in problems[0].what


def test_all_problems_at_once() -> None:
    """Three wrong places are three problems."""
    assert len(refused(inject, "a: op://v/i\nb: op://v/x/y\nc: |\n  op://v/i/f\n", values("a\nb"))) == 3


@pytest.mark.parametrize("text", ["a: |\n  op://v/i/f\n", "a: x op://v/i/f\nb: op://v/i\n", "a: ['op://v/i/f'\n"])
def test_no_problem_ever_shows_a_value(text: str) -> None:
    """Problems are printed and journaled; the value is not."""
    assert CANARY not in "".join(told(refused(inject, text, values(f"{CANARY}: \n{CANARY}"))))


def test_the_result_is_a_secret() -> None:
    """The text with the values in it cannot be printed by accident."""
    assert CANARY not in f"{inject('a: op://v/i/f', values(CANARY))!r}"
