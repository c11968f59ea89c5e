"""Consent to destruction (rule 7), as a table."""

from __future__ import annotations

import pytest

from bootstrap.consent import Consent, consent
from bootstrap.errors import Refused


@pytest.mark.parametrize(
    ("protected", "flag", "terminal", "expected"),
    [
        (False, "", True, Consent.ASK),
        (False, "", False, "no terminal"),
        (False, "lab", True, Consent.GIVEN),
        (False, "lab", False, Consent.GIVEN),
        (False, "main", True, "names main"),
        (False, "main", False, "names main"),
        (True, "", True, "--yes-destroy lab"),
        (True, "", False, "--yes-destroy lab"),
        (True, "lab", True, Consent.ASK),
        (True, "lab", False, "a terminal"),
        (True, "main", True, "names main"),
        (True, "LAB", True, "names LAB"),
        (True, "main", False, "names main"),
    ],
)
def test_destruction_is_agreed_to_asked_for_or_refused(
    protected: bool, flag: str, terminal: bool, expected: Consent | str
) -> None:
    """A protected cluster takes flag, typed name and terminal; any other takes the flag or the typed name."""
    if isinstance(expected, Consent):
        assert consent("lab", protected=protected, yes_destroy=flag, terminal=terminal) is expected
        return
    with pytest.raises(Refused) as caught:
        consent("lab", protected=protected, yes_destroy=flag, terminal=terminal)
    assert expected in caught.value.sentence
    assert caught.value.next_action
