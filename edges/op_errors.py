"""What `op` says when it fails, as our taxonomy. It ends with exit code 1 for everything: only its words tell.

The words are those that op 2.30 to 2.39 were seen to print (users' reports and captured runs in public repositories;
1Password's pages name none of them). First match wins; what is not listed is permanent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bootstrap.errors import Permanent, Transient
from tree.reference import Reference

_AGAIN = "then run the same command again"
_SIGN_IN = (
    "unlock the 1Password app (Settings > Developer > Integrate with 1Password CLI), or run `eval $(op signin)`, or "
    f"set OP_SERVICE_ACCOUNT_TOKEN, {_AGAIN}"
)
_NO_HINT_DELAY_S = 3600.0
_UNIT_S = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_STAMP = re.compile(r"^\[ERROR\]\s*(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\s*)?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Known:
    """words: what it says, in lower case, any of them. sentence: what is true. next_action: "" means transient."""

    words: tuple[str, ...]
    sentence: str
    next_action: str


KNOWN = (
    # the prompt of the desktop app or the terminal: closed, denied, or nobody answered for a minute
    Known(
        (
            "authorization prompt dismissed", "authorization timeout", "authorization timed out",
            "authorization was denied",
        ),
        "1Password asked for an approval and got none",
        "run the same command again and answer the prompt; without anybody there, set OP_SERVICE_ACCOUNT_TOKEN",
    ),
    # no session, and neither app nor token to make one
    Known(
        (
            "not currently signed in", "account is not signed in", "session expired", "could not find session token",
            "no accounts configured", "no account found for filter", "could not find account",
        ),
        "op is not signed in to 1Password",
        _SIGN_IN,
    ),
    # a service account's token that is no token, was revoked, or has run out
    Known(
        ("decodesacredentials", "(401)", "invalid bearer token", "service account token"),
        "1Password refuses the token in OP_SERVICE_ACCOUNT_TOKEN",
        f"set a valid token, {_AGAIN}",
    ),
    # the app is closed, too old, or does not trust this `op` (it wants the packaged, set-group-id one)
    Known(
        ("connecting to desktop app", "cannot setup session", "requestdelegatedsession"),
        "op cannot reach the 1Password app",
        f"start and unlock the app, use the packaged op, or set OP_SERVICE_ACCOUNT_TOKEN, {_AGAIN}",
    ),
    Known(
        ("(403)", "isn't authorized", "aren't authorized", "not authorized"),
        "this 1Password account may not read that",
        f"give the account or service account read access to the vault, {_AGAIN}",
    ),
    Known(
        ("isn't a vault", "could not find vault", "no vault"),
        "1Password has no such vault, or this account cannot see it",
        f"compare with `op vault list`, correct the reference or grant access, {_AGAIN}",
    ),
    Known(
        ("more than one item matches", "more than one vault matches"),
        "the name in a reference fits several things in 1Password",
        f"use the id in place of the name (`op item list`), {_AGAIN}",
    ),
    Known(
        ("isn't an item", "could not find item", "could not resolve item", "could not get item"),
        "1Password has no such item",
        f"create the item, or correct the reference, {_AGAIN}",
    ),
    Known(
        (
            "does not have a field", "isn't a field", "could not find field",
            "does not have a section", "isn't a section",
        ),
        "the item has no such field",
        f"add the field, or correct the reference, {_AGAIN}",
    ),
    Known(
        ("invalid secret reference", "invalid character in secret reference"),
        "op does not accept a reference",
        f"correct it: op://vault/item/[section/]field; an id in place of a name with special characters, {_AGAIN}",
    ),
    # the network between here and 1Password, or 1Password itself
    Known(
        (
            "no such host", "connection refused", "connection reset", "deadline exceeded", "i/o timeout",
            "timeout awaiting", "tls handshake timeout", "network is unreachable", "no route to host",
            "temporary failure", "unexpected eof",
            "(500)", "(502)", "(503)", "(504)",
        ),
        "1Password could not be reached",
        "",
    ),
)  # fmt: skip


def understood(stderr: str, asked: Iterable[Reference] = ()) -> Transient | Permanent:
    """The error for what `op` said (stderr, already redacted), naming the references that it is about."""
    said = _STAMP.sub("", stderr).strip()
    plain = said.lower()
    if "too many requests" in plain or "(429)" in plain or "rate limit" in plain:
        # Account-wide, for hours or a day: it must not be asked again sooner.
        return Transient(f"1Password has limited this account for now: {said}", delay_s=_delay(plain))
    known = next((known for known in KNOWN if any(words in plain for words in known.words)), None)
    if known is None:
        return Permanent(
            f"op failed in a way that Firstlight does not know: {said or 'it said nothing'}",
            f"try `op vault list` by hand and mend what it says, {_AGAIN}",
        )
    about = _about(plain, asked)
    sentence = f"{known.sentence}: {said}{f' (needed for {about})' if about else ''}"
    return Permanent(sentence, known.next_action) if known.next_action else Transient(sentence)


def _delay(said: str) -> float:
    """Seconds in words like "Please retry in 58 minutes"; an hour when it does not say."""
    match = re.search(r"(?:in|after) (\d+)\s*(second|minute|hour)", said)
    return float(match[1]) * _UNIT_S[match[2]] if match else _NO_HINT_DELAY_S


def _about(said: str, asked: Iterable[Reference]) -> str:
    """`op` stops at the first reference that fails and names a part of it at most: all that fit are named."""
    named = [r for r in asked if r.item.lower() in said and (r.field.lower() in said or "field" not in said)]
    return ", ".join(map(str, sorted(named)))
