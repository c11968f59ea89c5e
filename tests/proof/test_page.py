"""docs/proof.md and the README's table are what their data says."""

from __future__ import annotations

import pytest

from tests.proof.page import BEGIN, END, PAGE, README, page, readme, short_table
from tests.proof.proofs import NEVER, Proof, on

WRITE = "run: python -m tests.proof.page"


def test_the_page_says_what_the_data_says() -> None:
    """docs/proof.md is what the generator writes, with the versions that the files have now."""
    assert PAGE.read_text() == page(), WRITE


def test_the_readme_says_what_the_data_says() -> None:
    """The part between the README's markers is what the generator writes."""
    text = README.read_text()
    assert readme(text) == text, WRITE


def test_a_readme_without_markers_is_not_written() -> None:
    """A missing marker is an error, not a README without proofs."""
    for text in ("", BEGIN, END, f"{END}{BEGIN}"):
        with pytest.raises(ValueError, match="no place"):
            readme(text)


def test_only_what_is_between_the_markers_changes() -> None:
    """A hand that changes a cell is undone, and all else stays."""
    text = README.read_text()
    touched = text.replace("| never |", "| 2026-01-01 |", 1)
    assert touched != text
    assert readme(touched) == text
    assert readme(f"before {text} after") == f"before {text} after"


def test_a_cell_shows_its_day_or_never() -> None:
    """The README has the day, the page also what showed it."""
    proof = Proof("it works", rehearsal=on("2026-11-23", "tests/a.py::test_b"), lab=NEVER)
    assert short_table([proof]).splitlines()[-1] == "| it works | 2026-11-23 | never | never | never |"
