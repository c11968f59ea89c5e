"""Redaction: no spelling of a secret passes, in one piece or in many."""

from __future__ import annotations

import base64
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.secret import Secret
from edges.redaction import MASK, Redactor

VALUE = "p<ä\"ss\\w&rd /+=%'x"
PEM = "-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIE\nINTuctv5E1hK1bbYFeGs\n-----END KEY-----\n"


def go_json(value: str) -> str:
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@pytest.mark.parametrize(
    "spelled",
    [
        VALUE,
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        go_json(VALUE),
        shlex.quote(VALUE),
        quote(VALUE, safe=""),
        quote_plus(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
    ids=["plain", "json", "json unicode", "json by Go", "shell", "url", "form", "base64", "base64 url"],
)
def test_every_spelling_is_masked(spelled: str) -> None:
    """As a tool prints it, in the middle of other text."""
    core = spelled.strip("\"'")
    shown = Redactor([Secret(VALUE)]).text(f"token={spelled}; next")
    assert MASK in shown
    assert core not in shown
    assert shown.startswith("token=")
    assert shown.endswith("; next")


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user"])
@pytest.mark.parametrize("after", ["", "!", "!!"])
def test_a_secret_inside_of_a_longer_base64_text_is_masked(before: str, after: str) -> None:
    """A Kubernetes Secret or a basic-auth header encodes more than the value: its bits begin anywhere."""
    encoded = base64.b64encode(f"{before}:hunter2-canary{after}".encode()).decode()
    shown = Redactor([Secret("hunter2-canary")]).text(f"data: {encoded}")
    assert MASK in shown
    left = shown.replace(MASK, "").removeprefix("data: ")
    assert len(left) <= len(encoded) - len("hunter2-canary")


def test_lines_of_a_long_secret_are_masked_on_their_own() -> None:
    """YAML indents a key, a diff puts a sign before each line: the lines are secret, too."""
    indented = "".join(f"+    {line}\n" for line in PEM.splitlines())
    shown = Redactor([Secret(PEM)]).text(indented)
    assert not [line for line in PEM.splitlines() if line in shown]


def test_the_longer_of_two_secrets_wins() -> None:
    """One that begins like another leaves no rest."""
    assert Redactor([Secret("abcd"), Secret("abcdefgh")]).text("abcdefgh abcd") == f"{MASK} {MASK}"


@pytest.mark.parametrize("value", ["", "a", "443"])
def test_what_is_too_short_to_be_a_secret_is_left_alone(value: str) -> None:
    """A port or a letter would blot out everything."""
    assert Redactor([Secret(value)]).text("exit 443 a") == "exit 443 a"


def test_without_secrets_text_passes_unchanged_and_at_once() -> None:
    """Nothing is held back that need not be."""
    redactor = Redactor([])
    assert (redactor.feed("Password: "), redactor.flush()) == ("Password: ", "")


def test_a_prompt_is_not_held_back() -> None:
    """What cannot become a secret any more is shown at once; a line without its break as well."""
    redactor = Redactor([Secret("canary-1234")])
    assert redactor.feed("Enter the key: ") == "Enter the key: "
    assert redactor.feed("canary-12") == ""
    assert redactor.feed("34 ok") == f"{MASK} ok"
    assert (redactor.feed("can"), redactor.feed("not")) == ("", "cannot")


def test_what_only_looked_like_a_secret_comes_out_in_the_end() -> None:
    """The held beginning is flushed."""
    redactor = Redactor([Secret("canary-1234")])
    assert (redactor.feed("a canary"), redactor.flush(), redactor.flush()) == ("a ", "canary", "")


@given(
    secrets=st.lists(st.text("ab", min_size=4, max_size=7), min_size=1, max_size=4),
    pieces=st.lists(st.text("abc", max_size=6), max_size=12),
)
def test_no_secret_passes_across_pieces(secrets: list[str], pieces: list[str]) -> None:
    """However the text is cut, and however the secrets overlap, none of them comes out."""
    redactor = Redactor(map(Secret, secrets))
    shown = "".join([*map(redactor.feed, pieces), redactor.flush()])
    assert not [secret for secret in secrets if secret in shown]


@given(pieces=st.lists(st.text("canary-1234 ", max_size=9), max_size=12))
def test_pieces_lose_nothing(pieces: list[str]) -> None:
    """For one secret that does not overlap itself, the pieces give what the whole gives."""
    redactor = Redactor([Secret("canary-1234")])
    whole = Redactor([Secret("canary-1234")]).text("".join(pieces))
    assert "".join([*map(redactor.feed, pieces), redactor.flush()]) == whole


@pytest.mark.parametrize(("text", "hit"), [("--token=hunter2!", True), ("aHVudGVyMiE=", True), ("hunter", False)])
def test_hits_are_found_in_every_spelling(text: str, hit: bool) -> None:
    """The check of argv knows the same spellings."""
    assert Redactor([Secret("hunter2!")]).hits(text) is hit
