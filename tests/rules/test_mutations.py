"""The proof that the rules' tests would notice cannot rot: mutations, tests and docs/rules.md fit the code."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.rules.mutations import MUTATIONS, Mutation
from tests.rules.page import HELD_TOO, PAGE, ROOT, RULES, noticed_by, page

OFTEN = {1: 4, 2: 4, 6: 4, 7: 4, 13: 4}
"""Rules of which several breakages must be known."""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what.replace(" ", "-"))
def test_each_mutation_still_fits_the_code_and_names_a_test(mutation: Mutation) -> None:
    """Its old text stands in its file exactly once, the new one differs, and a test of that name is there."""
    for edit in mutation.edits:
        assert (ROOT / edit.file).read_text().count(edit.old) == 1, edit
        assert edit.new != edit.old
    assert mutation.edits
    assert noticed_by(mutation)
    assert mutation.test.startswith((f"test_rule_{mutation.rule:02}", "test_upgraded"))


def test_every_rule_has_a_mutation_and_some_have_several() -> None:
    """Fourteen rules; those about etcd, machines, leases, destruction and members were broken in several ways."""
    counted = Counter(mutation.rule for mutation in MUTATIONS)
    assert sorted(counted) == sorted(RULES) == list(range(1, 15))
    assert {rule: counted[rule] for rule, least in OFTEN.items() if counted[rule] < least} == {}


def test_the_page_says_what_the_code_says() -> None:
    """docs/rules.md is what `python -m tests.rules.page` writes, and all files that it names are there."""
    assert PAGE.read_text() == page()
    assert all((ROOT / file).is_file() for files in HELD_TOO.values() for file in files)
