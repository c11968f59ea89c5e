"""Bare scalars mean what YAML 1.2 says, not what YAML 1.1 said."""

from __future__ import annotations

import math

import pytest

from inventory.document import parse
from inventory.scalars import Scalar, plain

MEANINGS: list[tuple[str, Scalar]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("nULL", "nULL"),
    ("true", True),
    ("TRUE", True),
    ("False", False),
    ("tRUE", "tRUE"),
    ("yes", "yes"),
    ("no", "no"),
    ("on", "on"),
    ("off", "off"),
    ("0", 0),
    ("-17", -17),
    ("+4", 4),
    ("0755", 755),
    ("0o17", 15),
    ("0x1F", 31),
    ("0b11", "0b11"),
    ("1_000", "1_000"),
    ("12:30:45", "12:30:45"),
    ("02:00:00:00:01:01", "02:00:00:00:01:01"),
    ("2026-01-01", "2026-01-01"),
    ("1.5", 1.5),
    (".5", 0.5),
    ("1.", 1.0),
    ("1e3", 1000.0),
    ("-2.5E-1", -0.25),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    ("inf", "inf"),
    ("10.11.0.1", "10.11.0.1"),
    ("v1.34.4", "v1.34.4"),
    ("<<", "<<"),
    ("=", "="),
    ("9" * 101, "9" * 101),
    ("٣", "٣"),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_a_bare_scalar_has_its_yaml_1_2_meaning(text: str, meaning: Scalar) -> None:
    """Type and value are those of the core schema."""
    assert plain(text) == meaning
    assert type(plain(text)) is type(meaning)


def test_not_a_number_is_a_number() -> None:
    """`.nan` is a float; the shapes refuse it where a finite one is needed."""
    assert math.isnan(plain(".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: '12'", "12"),
        ('a: "true"', "true"),
        ("a: !!str 12", "12"),
        ("a: |\n  12\n", "12\n"),
        ("a: 2026-01-01", "2026-01-01"),
        ("%YAML 1.1\n---\na: yes", "yes"),
        ("%YAML 1.1\n---\na: 12:30:45", "12:30:45"),
    ],
)
def test_a_file_keeps_what_is_quoted_or_tagged_as_text(text: str, value: Scalar) -> None:
    """Quotes make text of anything, and a %YAML 1.1 line changes nothing."""
    document, problems = parse("x.yaml", text)
    assert problems == ()
    assert document.value == {"a": value}
