"""References to secrets: what is one, what only means to be, and when two are the same."""

from __future__ import annotations

import pytest

from inventory.problem import Problem
from tests.tree.samples import refused
from tree.reference import Reference, find, parse, parsed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("op://vault/item/field", Reference("vault", "item", "", "field")),
        ("op://vault/item/section/field", Reference("vault", "item", "section", "field")),
        ("op://My Vault/an item/a field", Reference("My Vault", "an item", "", "a field")),
        ("op://v/lpcx4hlh6ypkuf7gqjrxqfb2ba/x_y-z.1", Reference("v", "lpcx4hlh6ypkuf7gqjrxqfb2ba", "", "x_y-z.1")),
    ],
)
def test_right_shapes(text: str, expected: Reference) -> None:
    """The shapes that `op` knows, and back to the same text."""
    assert parse(text) == expected
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("op://vault/item", "has 2 parts"),
        ("op://vault", "has 1 part"),
        ("op://", "has 1 part"),
        ("op://vault/item/section/field/more", "has 5 parts"),
        ("op://vault//field", "has the part ''"),
        ("op://vault/item/field/", "has the part ''"),
        ("op://vault/it$m/field", "has the part 'it$m'"),
        ("op://vault/item /field", "has the part 'item '"),
        ("op://vault/item/field@host", "has the part 'field@host'"),
        ("op://vault/item/field?attribute=otp", "asks for an attribute"),
        ("vault/item/field", "is not a reference"),
        ("OP://vault/item/field", "is not a reference"),
        ("", "is not a reference"),
    ],
)
def test_failure_3_wrong_shapes_are_found_without_asking_anyone(text: str, part: str) -> None:
    """A wrong reference costs quota of the whole account when it is asked for again and again."""
    problem = parse(text, "file.yaml:7")
    assert isinstance(problem, Problem)
    assert problem.place == "file.yaml:7"
    assert part in problem.what


def test_a_reference_that_must_be_right() -> None:
    """`parsed` gives the value, or the one problem."""
    assert parsed("op://v/i/f") == Reference("v", "i", "", "f")
    assert "has 2 parts" in refused(parsed, "op://v/i")[0].what


def test_comparison_is_by_lower_case() -> None:
    """1Password's is: two spellings are one secret, asked for once."""
    one, other = Reference("Vault", "ITEM", "Section", "field"), Reference("vault", "item", "section", "FIELD")
    assert one == other
    assert len({one, other}) == 1
    assert str(one) == "op://Vault/ITEM/Section/field"


@pytest.mark.parametrize(
    "other",
    [
        Reference("w", "i", "s", "f"),
        Reference("v", "j", "s", "f"),
        Reference("v", "i", "t", "f"),
        Reference("v", "i", "", "f"),
        Reference("v", "i", "s", "g"),
    ],
)
def test_every_part_counts(other: Reference) -> None:
    """A reference that differs in one part is another secret."""
    assert Reference("v", "i", "s", "f") != other


def test_references_have_an_order() -> None:
    """Lists of references are printed sorted, whatever their case."""
    assert sorted([Reference("b", "i", "", "f"), Reference("A", "i", "", "f")])[0].vault == "A"


@pytest.mark.parametrize(
    ("text", "raws"),
    [
        ('a: "op://v/i/f"', ["op://v/i/f"]),
        ("a: 'op://v/i/f'", ["op://v/i/f"]),
        ("a: op://v/i/f", ["op://v/i/f"]),
        ("a: op://v/i/f # why", ["op://v/i/f"]),
        ("[op://v/i/f, op://v/i/g]", ["op://v/i/f", "op://v/i/g"]),
        ("{a: op://v/i/f}", ["op://v/i/f"]),
        ("a: {{ op://v/my item/f }}!", ["op://v/my item/f"]),
        ("a: {{op://v/i/f}}", ["op://v/i/f"]),
        ("a: https://op://v/i/f", ["op://v/i/f"]),
        ("a: op://v/i", ["op://v/i"]),
        ('a: "op://"', ["op://"]),
        ("a: op://v/i/f?attribute=otp", ["op://v/i/f?attribute=otp"]),
        ("# op://v/i/f", []),
        ("  # see op://v/i/f", []),
        ("a: b # see op:/v", []),
        ("", []),
    ],
)
def test_finding(text: str, raws: list[str]) -> None:
    """All that means to be a reference is found, right or wrong; comments are not."""
    found = list(find(text))
    assert [one.raw for one in found] == raws
    assert all(one.raw in text[one.start : one.end] for one in found)


def test_found_references_have_lines() -> None:
    """The line counts from 1, also over comments and several in a line."""
    text = "a: op://v/i/a\n\n# op://v/i/x\nb: [op://v/i/b, op://v/i/c]\nc: |\n  op://v/i/d\n"
    assert [(one.raw[-1], one.line) for one in find(text)] == [("a", 1), ("b", 4), ("c", 4), ("d", 6)]
