"""A file becomes plain values with lines, and everything that is not plain is a problem."""

from __future__ import annotations

import pytest

from inventory.document import Location, dotted, parse

TEXT = """\
# a comment
---
one: 1
section:
  inner: &shared
    deep: x

  other: *shared
items:
  - a
  - name: b
    size: 2
  -
    name: c
flow: {x: [1, 2,
  3], y: z}
"""

PLACES: list[tuple[Location, int]] = [
    ((), 3),
    (("one",), 3),
    (("section",), 4),
    (("section", "inner"), 5),
    (("section", "inner", "deep"), 6),
    (("section", "other"), 8),
    (("section", "other", "deep"), 6),
    (("items",), 9),
    (("items", 0), 10),
    (("items", 1), 11),
    (("items", 1, "size"), 12),
    (("items", 2, "name"), 14),
    (("flow", "x", 2), 16),
    (("flow", "y"), 16),
    (("section", "absent"), 4),
    (("section", "absent", "deeper"), 4),
    (("items", 7), 9),
    (("one", "deeper"), 3),
    (("absent",), 3),
]


@pytest.mark.parametrize(("location", "line"), PLACES)
def test_every_place_has_its_line(location: Location, line: int) -> None:
    """Keys are where they stand, list items where they begin, and what is absent is at the nearest thing above."""
    document, problems = parse("inventory/x.yaml", TEXT)
    assert problems == ()
    assert document.place(location) == f"inventory/x.yaml:{line}"


def test_values_are_plain() -> None:
    """Mappings, lists and scalars come out as Python's own, aliases written out."""
    document, _ = parse("x.yaml", TEXT)
    assert document.value == {
        "one": 1,
        "section": {"inner": {"deep": "x"}, "other": {"deep": "x"}},
        "items": ["a", {"name": "b", "size": 2}, {"name": "c"}],
        "flow": {"x": [1, 2, 3], "y": "z"},
    }


@pytest.mark.parametrize(
    ("location", "value"),
    [
        (("one",), 1),
        (("items", 1, "size"), 2),
        (("items", 9), None),
        (("items", "name"), None),
        (("one", "deeper"), None),
        (("absent",), None),
        (("section", 0), None),
    ],
)
def test_a_value_is_found_by_its_location(location: Location, value: object) -> None:
    """What does not stand there is None, whatever the location looks like."""
    assert parse("x.yaml", TEXT)[0].get(location) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", ["x.yaml:3: duplicate key `a`, first at line 1; expected each key once; remove one"]),
        ("a: {b: 1, 'b': 2}\n", ["x.yaml:1: duplicate key `b`, first at line 1; expected each key once; remove one"]),
        ("a: !thing 1\n", ["x.yaml:1: the tag !thing; expected a plain value; remove the tag"]),
        ("a:\n  b: !!set {x}\n", ["x.yaml:2: the tag !!set; expected a plain value; remove the tag"]),
        ("a: !!binary aGk=\n", ["x.yaml:1: the tag !!binary; expected a plain value; remove the tag"]),
        ("? [a, b]\n: 1\n", ["x.yaml:1: a key that is a list or a mapping; expected a name as key"]),
        ("a: &a\n  b: *a\n", ["x.yaml:1: an alias that contains itself; expected values that end"]),
        ("", ["x.yaml:1: the file is empty; expected one cluster; write it, or delete the file"]),
        ("# only words\n\n", ["x.yaml:1: the file is empty; expected one cluster; write it, or delete the file"]),
    ],
)
def test_what_is_not_plain_is_a_problem_at_its_line(text: str, said: list[str]) -> None:
    """Duplicates, tags, odd keys, endless aliases and empty files are told and not guessed at."""
    assert [str(problem) for problem in parse("x.yaml", text)[1]] == said


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "flow sequence"),
        ("a: 1\n\tb: 2\n", 2, "found character"),
        ("a: 1\n b: 2\n", 2, "mapping values are not allowed"),
        ("a: 'open\n", 2, "quoted scalar"),
        ("a: *nobody\n", 1, "undefined alias"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: 1\nb: \x07\n", 2, "a character that YAML does not allow"),
        ("a: \x00\n", 1, "a character that YAML does not allow"),
        ("%YAML 7.1\n---\na: 1\n", 1, "YAML"),
        ("a: !<> b\n", 1, ""),
        ("[" * 5000, 1, "nested too deeply"),
        ("a: " + "{b: " * 3000, 1, "nested too deeply"),
    ],
)
def test_broken_yaml_is_one_problem_at_its_line(text: str, line: int, hint: str) -> None:
    """The first defect is told: after it nothing can be told with certainty."""
    document, problems = parse("x.yaml", text)
    assert document.value is None
    assert len(problems) == 1
    assert problems[0].place == f"x.yaml:{line}"
    assert problems[0].what.startswith("broken YAML: ")
    assert hint in problems[0].what


def test_aliases_of_aliases_do_not_grow() -> None:
    """Nine levels of nine aliases each stand for 9**9 values and are read as few."""
    levels = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    document, problems = parse("x.yaml", "\n".join(levels))
    assert problems == ()
    assert document.get(("a9", 8, 8, 8, 8, 8, 8, 8, 8, 8, 0)) == "x"


@pytest.mark.parametrize(
    ("location", "written"),
    [((), ""), (("a",), "a"), (("nodes", 0, "mac"), "nodes[0].mac"), (("a", "b", 1, 2), "a.b[1][2]")],
)
def test_a_location_is_written_as_people_write_it(location: Location, written: str) -> None:
    """Keys by dots, items by brackets."""
    assert dotted(location) == written
