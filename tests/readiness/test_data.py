"""Secrets from the vault, and volumes from backups."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bootstrap.verdict import Verdict
from readiness.external_secrets import secret, secrets, store
from readiness.volumes import restored
from tests.readiness.cases import Case, assert_said, cases

RULES: Mapping[str, Callable[..., Verdict]] = {
    "restored": restored,
    "secret": secret,
    "secrets": secrets,
    "store": store,
}


@pytest.mark.parametrize("case", [*cases("external_secrets.yaml"), *cases("volumes.yaml")])
def test_data_is_there_or_its_absence_is_named(case: Case) -> None:
    """What came up empty is never passed over in silence."""
    assert_said(RULES[case.rule](**case.given), case.expect)
