"""Times, outcomes and foreign text read the same in every output, and foreign text cannot steer a terminal."""

from __future__ import annotations

import pytest

from bootstrap.observers.words import counted, duration, encodable, one_line, outcome


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "0.0s"),
        (12.34, "12.3s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (363.4, "6m 03s"),
        (3599.6, "1h 00m 00s"),
        (7384.0, "2h 03m 04s"),
        (-0.5, "0.0s"),
    ],
)
def test_a_duration_has_the_units_that_a_person_would_use(seconds: float, written: str) -> None:
    """Tenths below a minute, whole seconds above; never 60 seconds, never negative."""
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("two\n  lines\r\n", "two lines"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("bell\x07 null\x00 c1\x9b31m", "bell null c1 31m"),
        ("separator\u2028here", "separator here"),
        ("lone escape \x1b", "lone escape"),
    ],
)
def test_text_from_outside_is_one_harmless_line(foreign: str, shown: str) -> None:
    """A pod's message may hold anything; it neither breaks a line nor moves a cursor."""
    assert one_line(foreign) == shown


def test_a_terminal_that_knows_ascii_only_gets_ascii() -> None:
    """What it cannot say is spelled out, instead of an exception in the middle of a run."""
    assert encodable("größer …", "ascii") == "gr\\xf6\\xdfer \\u2026"
    assert encodable("größer …", "utf-8") == "größer …"
    assert encodable("größer", None) == "größer"


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, "done"), (1, "failed"), (3, "refused by a guard"), (4, "done with named exceptions"), (130, "cancelled")],
)
def test_exit_codes_have_words(code: int, said: str) -> None:
    """The words are those of the table of commands."""
    assert outcome(code) == said


def test_an_exit_code_without_a_meaning_is_not_called_done() -> None:
    """A number that nobody defined is said to be unknown."""
    assert "unknown" in outcome(77)


def test_counts_leave_out_what_is_zero() -> None:
    """A list of zeros tells nobody anything; nothing at all is said as none."""
    assert counted({"done": 3, "failed": 0, "blocked": 1}) == "3 done, 1 blocked"
    assert counted({"done": 0}) == "none"
