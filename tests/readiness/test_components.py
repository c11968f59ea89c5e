"""The parts that bootstrap installs: Cilium, CoreDNS, Spegel and cert-manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bootstrap.verdict import Verdict
from readiness import cert_manager, cilium, coredns, spegel
from tests.readiness.cases import Case, assert_said, cases

RULES: Mapping[str, Callable[..., Verdict]] = {
    "cert_manager": cert_manager.ready,
    "cilium": cilium.ready,
    "coredns": coredns.ready,
    "spegel": spegel.ready,
}


@pytest.mark.parametrize(
    "case",
    [*cases("cilium.yaml"), *cases("coredns.yaml"), *cases("spegel.yaml"), *cases("cert_manager.yaml")],
)
def test_a_component_is_ready_when_all_its_parts_are(case: Case) -> None:
    """Each part that is missing is named with its reason."""
    assert_said(RULES[case.rule](**case.given), case.expect)
