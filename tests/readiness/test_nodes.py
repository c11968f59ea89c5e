"""Nodes and definitions: the expected set is there, and each of it is ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bootstrap.verdict import Verdict
from readiness.crds import established
from readiness.nodes import pending_csrs, ready, registered
from tests.readiness.cases import Case, assert_said, cases

RULES: Mapping[str, Callable[..., Verdict]] = {
    "registered": registered,
    "ready": ready,
    "pending_csrs": pending_csrs,
    "established": established,
}


@pytest.mark.parametrize("case", [*cases("nodes.yaml"), *cases("crds.yaml")])
def test_the_expected_set_is_there_and_ready(case: Case) -> None:
    """What is missing is named; what is there beyond it is evidence."""
    assert_said(RULES[case.rule](**case.given), case.expect)
