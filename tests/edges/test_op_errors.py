"""What `op` says, and what the operator reads: the table of its messages."""

from __future__ import annotations

import pytest

from bootstrap.errors import Permanent, Transient
from edges.op_errors import understood
from tree.reference import parsed

ASKED = [parsed("op://homelab/talos/TOKEN"), parsed("op://homelab/talos/CA_KEY"), parsed("op://homelab/flux/TOKEN")]
STAMP = "[ERROR] 2026/11/20 02:03:04 "
COULD_NOT = "could not read secret 'op://homelab/talos/TOKEN': "


@pytest.mark.parametrize(
    ("said", "sentence", "next_action"),
    [
        (
            "You are not currently signed in. Please run `op signin --help` for instructions",
            "not signed in",
            "op signin",
        ),
        ("account is not signed in", "not signed in", "op signin"),
        ("no account found for filter", "not signed in", "op signin"),
        ("No accounts configured for use with 1Password CLI.", "not signed in", "OP_SERVICE_ACCOUNT_TOKEN"),
        ("could not find session token for account my", "not signed in", "op signin"),
        (
            COULD_NOT + "error initializing client: authorization prompt dismissed, please try again",
            "approval",
            "answer",
        ),
        (COULD_NOT + "error initializing client: authorization timeout", "approval", "answer the prompt"),
        ("error initializing client: connecting to desktop app: connecting to desktop app timed out", "app", "start"),
        ("connecting to desktop app: read: connection reset", "cannot reach the 1Password app", "packaged op"),
        ("error initializing client: RequestDelegatedSession: cannot setup session.", "1Password app", "unlock"),
        ("Validation: (failed to session.DecodeSACredentials), illegal base64", "OP_SERVICE_ACCOUNT_TOKEN", "valid"),
        ("(401) Unauthorized: invalid bearer token", "refuses the token", "valid token"),
        ("(403) Forbidden: You aren't authorized to access this resource.", "may not read", "access"),
        ('"homelab" isn\'t a vault in this account. Specify the vault', "no such vault", "op vault list"),
        ('More than one item matches "talos". Try again', "several things", "use the id"),
        ('could not get item homelab/talos: "talos" isn\'t an item in the "homelab" vault.', "no such item", "create"),
        ("could not resolve item UUID for item talos: could not find item talos in vault x7", "no such item", "create"),
        ("item 'homelab/talos' does not have a field 'TOKEN'", "no such field", "add the field"),
        ("invalid secret reference 'op://homelab/x': too few '/'", "does not accept a reference", "correct it"),
        ("something new in op 3", "does not know: something new in op 3", "op vault list"),
        ("", "it said nothing", "by hand"),
    ],
)
def test_what_needs_the_operator_is_permanent(said: str, sentence: str, next_action: str) -> None:
    """One clear sentence with the words of `op` but not its time stamp, and what to do."""
    error = understood(STAMP + said + "\n" if said else "", ASKED)
    assert isinstance(error, Permanent)
    assert sentence in error.sentence
    assert said.strip() in error.sentence
    assert next_action in error.next_action
    assert "[ERROR]" not in error.sentence


@pytest.mark.parametrize(
    "said",
    [
        "dial tcp: lookup my.1password.com: no such host",
        "error initializing client: read: context deadline exceeded",
        "read tcp 10.0.0.5:50000: connection reset by peer",
        "(503) Service Unavailable",
    ],
)
def test_what_may_heal_is_transient(said: str) -> None:
    """The network and 1Password itself: without a delay of their own."""
    error = understood(STAMP + said, ASKED)
    assert isinstance(error, Transient)
    assert error.delay_s is None
    assert said in error.sentence


@pytest.mark.parametrize(
    ("hint", "delay_s"),
    [
        ("Please retry in 58 minutes or try other requests.", 3480.0),
        ("Please retry in 23 hours", 82800.0),
        ("retry after 30 seconds", 30.0),
        ("Come back later.", 3600.0),
    ],
)
def test_a_rate_limit_waits_as_long_as_it_says(hint: str, delay_s: float) -> None:
    """Account-wide: asking sooner makes it longer. An hour when it does not say."""
    error = understood(f"{STAMP}(429) Too Many Requests: You've reached the maximum number. {hint}", ASKED)
    assert isinstance(error, Transient)
    assert error.delay_s == delay_s


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("could not find item talos in vault x7", ["op://homelab/talos/TOKEN", "op://homelab/talos/CA_KEY"]),
        ("item 'homelab/talos' does not have a field 'CA_KEY'", ["op://homelab/talos/CA_KEY"]),
        ("account is not signed in", []),
    ],
)
def test_the_references_that_it_is_about_are_named(said: str, named: list[str]) -> None:
    """`op` names an item or a field; the operator reads which of our references need it, and no others."""
    sentence = str(understood(STAMP + said, ASKED))
    assert [str(reference) for reference in ASKED if str(reference) in sentence] == named
