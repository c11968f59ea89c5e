"""Talos: machines that run, and an etcd of exactly the plan's members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from bootstrap.verdict import Verdict
from readiness.talos import configured, members_equal, running
from tests.readiness.cases import Case, assert_said, cases

RULES: Mapping[str, Callable[..., Verdict]] = {"configured": configured, "running": running}


@dataclass(frozen=True)
class _Member:
    hostname: str
    address: str
    learner: bool = False


@pytest.mark.parametrize("case", cases("talos.yaml"))
def test_a_machine_is_what_its_status_says(case: Case) -> None:
    """Before and after the CNI, and in every stage."""
    assert_said(RULES[case.rule](**case.given), case.expect)


@pytest.mark.parametrize("case", cases("etcd.yaml"))
def test_etcd_has_exactly_the_members_of_the_plan(case: Case) -> None:
    """Missing, foreign, misnamed and learning members are named."""
    members = [_Member(**member) for member in case.given["members"]]
    assert_said(members_equal(case.given["expected"], members), case.expect)
