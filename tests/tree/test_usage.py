"""Which references the rendered texts use, and the lines of the templates in which they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.problem import Problem
from tests.tree.samples import write
from tree.reference import Reference
from tree.usage import usage

FIELD = Reference("v", "i", "", "f")


def used(root: Path, template: str, rendered: str, vault: str = "v") -> tuple[dict[str, list[str]], list[Problem]]:
    """References with their places, and problems, of one template that rendered to a text."""
    write(root, {"t.j2": template})
    references, problems = usage([("t.j2", rendered)], root, vault)
    return {str(reference): list(places) for reference, places in references.items()}, list(problems)


@pytest.mark.parametrize(
    ("template", "rendered", "places"),
    [
        ("a: op://v/i/f\n", "a: op://v/i/f\n", ["t.j2:1"]),
        ("#| c |#\n\na: 'op://v/i/f'\n", "\na: 'op://v/i/f'\n", ["t.j2:3"]),
        ("a: op://v/i/f\nb: op://v/i/f\n", "a: op://v/i/f\nb: op://v/i/f\n", ["t.j2:1", "t.j2:2"]),
        ("x\n#% if y %#\n#% endif %#\na: op://#{ V }#/i/f\n", "x\na: op://v/i/f\n", ["t.j2:4"]),
        ("a: op://v/i/field\nb: op://v/i/f\n", "b: op://v/i/f\n", ["t.j2:2"]),
        ("#| op://v/i/f |#\nb: op://v/i/f\n", "b: op://v/i/f\n", ["t.j2:2"]),
        ("x\nb: op://#{ A }#/#{ B }#/#{ C }#\n", "x\nb: op://v/i/f\n", ["t.j2:2"]),
        ("[op://v/i/f, 1]\n", "[op://v/i/f, 1]\n", ["t.j2:1"]),
        ("{a: op://v/i/f}\n", "{a: op://v/i/f}\n", ["t.j2:1"]),
    ],
)
def test_places_are_lines_of_the_template(template: str, rendered: str, places: list[str], tmp_path: Path) -> None:
    """The rendered text has other lines; the operator opens the template."""
    assert used(tmp_path, template, rendered) == ({"op://v/i/f": places}, [])


def test_one_reference_by_two_spellings_is_resolved_once(tmp_path: Path) -> None:
    """failure_3: every question counts against the account's quota."""
    text = "a: op://v/i/f\nb: op://V/I/F\n"
    found, problems = used(tmp_path, text, text)
    assert list(found.values()) == [["t.j2:1", "t.j2:2"]]
    assert problems == []


def test_several_texts_share_their_references(tmp_path: Path) -> None:
    """Places of all of them, in order."""
    write(tmp_path, {"a.j2": "x: op://v/i/f\n", "b.j2": "\ny: op://v/i/f\n"})
    texts = [("a.j2", "x: op://v/i/f\n"), ("b.j2", "\ny: op://v/i/f\n"), ("a.j2", "x: op://v/i/f\nz: 1\n")]
    assert usage(texts, tmp_path, "v") == ({FIELD: ("a.j2:1", "b.j2:2")}, ())


def test_references_are_sorted(tmp_path: Path) -> None:
    """So that two reads of a tree are equal, and lists of them can be compared by eye."""
    text = "a: op://v/z/f\nb: op://v/a/f\n"
    assert list(used(tmp_path, text, text)[0]) == ["op://v/a/f", "op://v/z/f"]


@pytest.mark.parametrize(
    ("text", "vault", "part"),
    [
        ("x\na: op://w/i/f\n", "v", "op://w/i/f is in the vault w"),
        ("x\na: op://v/f\n", "v", "op://v/f has 2 parts"),
        ("x\na: op://v/i/f?attribute=otp\n", "v", "asks for an attribute"),
        ("x\na: op://v//f\n", "v", "has the part ''"),
        ("x\na: op://\n", "v", "op:// has 1 part"),
    ],
)
def test_wrong_references(text: str, vault: str, part: str, tmp_path: Path) -> None:
    """Each once, at its line, and not among those that are resolved."""
    found, (problem,) = used(tmp_path, text, text, vault)
    assert found == {}
    assert problem.place == "t.j2:2"
    assert part in problem.what


def test_the_vault_is_compared_as_1password_does(tmp_path: Path) -> None:
    """By lower case."""
    assert used(tmp_path, "a: op://HOMELAB/i/f\n", "a: op://HOMELAB/i/f\n", "homelab")[1] == []


def test_a_wrong_reference_of_six_nodes_is_one_problem(tmp_path: Path) -> None:
    """The texts differ, the line of the template is one."""
    write(tmp_path, {"t.j2": "a: op://w/i/f\n"})
    texts = [("t.j2", f"a: op://w/i/f\nb: {node}\n") for node in range(6)]
    assert len(usage(texts, tmp_path, "v")[1]) == 1


def test_comments_are_not_resolved(tmp_path: Path) -> None:
    """A reference that is switched off asks for nothing."""
    assert used(tmp_path, "# a: op://w/i\n", "# a: op://w/i\n") == ({}, [])
