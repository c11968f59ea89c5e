"""Workloads, and everything that a release applied, against what the plan expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bootstrap.verdict import Verdict
from readiness.objects import objects, recreated, uids
from readiness.workload import daemonset, deployment
from tests.readiness.cases import Case, assert_said, cases

RULES: Mapping[str, Callable[..., Verdict]] = {"daemonset": daemonset, "deployment": deployment, "objects": objects}


@pytest.mark.parametrize("case", cases("workload.yaml"))
def test_a_workload_is_ready_only_with_the_counts_of_the_plan(case: Case) -> None:
    """DaemonSets and Deployments, each with the sentence that the operator reads."""
    assert_said(RULES[case.rule](**case.given), case.expect)


@pytest.mark.parametrize("case", cases("objects.yaml"))
def test_a_release_is_ready_when_all_that_it_applied_is(case: Case) -> None:
    """The generic gate of a release that has none of its own."""
    assert_said(RULES[case.rule](**case.given), case.expect)


def test_trap_d_an_object_with_another_uid_was_made_anew() -> None:
    """Deleting and creating between two looks would pass for stability, if names alone were compared."""
    before = {"Deployment a": _object("u-1"), "Service b": _object("u-2"), "Secret c": _object("u-3")}
    after = {"Deployment a": _object("u-9"), "Service b": _object("u-2"), "Secret c": None}
    assert recreated(uids(before), after) == ("Deployment a",)


def test_trap_d_nothing_was_made_anew_when_all_uids_are_the_same() -> None:
    """Objects that appear or vanish are another matter: not found says that."""
    before = {"Deployment a": _object("u-1"), "Service b": None}
    after = {"Deployment a": _object("u-1"), "Service b": _object("u-2")}
    assert recreated(uids(before), after) == ()


def _object(uid: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "uid": uid}}
