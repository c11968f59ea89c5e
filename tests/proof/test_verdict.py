"""Versions as they stand to each other."""

from __future__ import annotations

import pytest

from tests.proof.verdict import NEWER, OLDER, REAL, UNKNOWN, compared


@pytest.mark.parametrize(
    ("in_tree", "in_lab", "verdict"),
    [
        ("v1.34.4", "1.34.4", REAL),
        ("v1.21.1", "1.11.0", OLDER),
        ("2.9.0", "0.20.4", OLDER),
        ("1.9.10", "1.9.9", OLDER),
        ("0.58.1", "0.59.0", NEWER),
        (">= 3.17", "3.20.2", REAL),
        (">= 3.17", "4.3.1", REAL),
        (">= 3.17", "3.16.9", OLDER),
        (">= 1.2.3", "1.2.2", OLDER),
        ("2.x", "1.9.6", UNKNOWN),
        ("", "3.1.2", UNKNOWN),
        (">= 2.31", "", UNKNOWN),
        ("1.34.4-beta.1", "1.34.4", UNKNOWN),
        ("1.34.4", "1.34.4-talos", UNKNOWN),
    ],
)
def test_compared(in_tree: str, in_lab: str, verdict: str) -> None:
    """By number, never by letter; what is no plain version is never the same."""
    assert compared(in_tree, in_lab) == verdict
