"""No date without something that can be run to see it, and that is of the place that it is said of."""

from __future__ import annotations

import ast
import re
from datetime import date

import pytest

from tests.proof.proofs import NEVER, NOT_THERE, PROOFS, Proof, Shown, on
from tests.proof.versions import ROOT

OF_REAL_THINGS = ("tests/lab/", "tests/edges/", "tests/contracts/")
"""Where tests are that run programs of the lab; tests of the rehearsal are elsewhere."""
CELLS = [(proof, shown) for proof in PROOFS for shown in proof.places if shown.by]


def there(name: str) -> bool:
    """Whether file::function is a test of this repository."""
    file, _, function = name.partition("::")
    if not function.startswith("test_") or not (ROOT / file).is_file():
        return False
    return any(
        isinstance(node, ast.FunctionDef) and node.name == function
        for node in ast.parse((ROOT / file).read_text()).body
    )


def complaints(shown: Shown, place: str) -> list[str]:
    """What is wrong with a cell of the table."""
    tests = [name for name in shown.by if not name.startswith("invoke ")]
    found = [f"{name} is no test" for name in tests if not there(name)]
    real = [name for name in tests if name.startswith(OF_REAL_THINGS)]
    if place == "rehearsal":
        found += [f"{name} is not of the rehearsal" for name in real]
    elif place == "lab":
        found += [f"{name} is not of the lab" for name in tests if name not in real]
        found += [f"{name} is of the rehearsal" for name in shown.by if "--estate rehearsal" in name]
    else:
        found += [f"{name} is no command on real machines" for name in shown.by if "--estate real" not in name]
    if bool(shown.by) != bool(re.fullmatch(r"\d{4}-\d\d-\d\d", shown.on)):
        found.append(f"{shown.on} beside {len(shown.by)} tests")
    return found


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.what)
def test_every_date_names_what_shows_it(proof: Proof) -> None:
    """Tests exist, and are of the rehearsal or the lab as their column says; real machines are shown by commands."""
    for shown, place in zip(proof.places, ("rehearsal", "lab", "talos", "proxmox"), strict=True):
        assert complaints(shown, place) == [], place


def test_dates_are_days() -> None:
    """Each is a day of the calendar."""
    assert CELLS
    for _, shown in CELLS:
        assert date.fromisoformat(shown.on).isoformat() == shown.on


def test_rows_are_named_once_and_say_something() -> None:
    """No sentence stands twice, and no row is empty in all places."""
    assert len({proof.what for proof in PROOFS}) == len(PROOFS)
    assert all(any(shown.by for shown in proof.places) for proof in PROOFS)


GOOD = "tests/edges/test_kubernetes.py::test_scenario"
OURS = "tests/simulation/test_killed.py::test_killed_at_every_write_it_ends_in_the_same_state"


@pytest.mark.parametrize(
    ("shown", "place", "words"),
    [
        (on("2026-11-23", "tests/edges/test_kubernetes.py::test_that_is_not_there"), "lab", "is no test"),
        (on("2026-11-23", "tests/edges/no_such_file.py::test_scenario"), "lab", "is no test"),
        (on("2026-11-23", "tests/edges/test_kubernetes.py::results"), "lab", "is no test"),
        (on("2026-11-23", OURS), "lab", "is not of the lab"),
        (on("2026-11-23", GOOD), "rehearsal", "is not of the rehearsal"),
        (on("2026-11-23", GOOD), "talos", "no command on real machines"),
        (on("2026-11-23", "invoke bootstrap --cluster main --estate rehearsal"), "lab", "is of the rehearsal"),
        (on("2026-11-23"), "lab", "beside 0 tests"),
        (on("soon", GOOD), "lab", "beside 1 tests"),
    ],
)
def test_a_false_claim_would_be_noticed(shown: Shown, place: str, words: str) -> None:
    """What this file holds is not held by accident."""
    assert any(words in complaint for complaint in complaints(shown, place))


@pytest.mark.parametrize("place", ["rehearsal", "lab", "talos", "proxmox"])
def test_what_was_never_shown_needs_no_test(place: str) -> None:
    """`never` and a dash stand anywhere."""
    assert complaints(NEVER, place) == complaints(NOT_THERE, place) == []
