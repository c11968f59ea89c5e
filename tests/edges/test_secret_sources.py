"""What every secret source promises, whatever stands behind it (the contract of estate.secrets.SecretSource)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from estate.secrets import SecretSource
from tests.edges.secret_sources import SOURCES
from tree.reference import Reference, parsed

CANARY = "canary-8f3b1c77"
VALUES = {
    "op://homelab/talos/MACHINE_TOKEN": CANARY,
    "op://homelab/talos/machine/CA_KEY": "-----BEGIN KEY-----\nline two\n\nline four\n-----END KEY-----\n",
    "op://homelab/talos/other/CA_KEY": "the other section's",
    "op://homelab/cloudflare api/zone id": "name with spaces",
    "op://homelab/odd/braces": "{{ op://homelab/talos/MACHINE_TOKEN }} ${HOME} $PATH",
    "op://homelab/odd/unicode": "schlüssel ✓ \\ \" ' end",
    "op://homelab/odd/border": "\n\n",
    "op://other/talos/MACHINE_TOKEN": "of another vault",
    "op://homelab/odd/empty": "",
}

MakeSource = Callable[..., SecretSource]


@pytest.fixture(params=sorted(SOURCES))
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSource]:
    with ExitStack() as stack:
        yield lambda values=VALUES: stack.enter_context(SOURCES[request.param](values, tmp_path, monkeypatch))


def resolve(source: SecretSource, *references: str) -> Mapping[Reference, Secret]:
    return asyncio.run(source.resolve(frozenset(map(parsed, references))))


def test_all_references_are_resolved_at_once(make: MakeSource) -> None:
    """Every value comes back whole: line breaks, spaces, quotes, and what another tool would expand."""
    wanted = {name: value for name, value in VALUES.items() if value}
    found = resolve(make(), *wanted)
    assert {str(reference): secret.reveal() for reference, secret in found.items()} == wanted


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("op://HOMELAB/Talos/machine_token", CANARY),
        ("op://homelab/talos/Other/ca_key", "the other section's"),
    ],
)
def test_names_are_compared_without_case(make: MakeSource, asked: str, value: str) -> None:
    """References that differ in case alone are the same to 1Password."""
    assert [secret.reveal() for secret in resolve(make(), asked).values()] == [value]


def test_what_was_asked_for_and_no_more_comes_back(make: MakeSource) -> None:
    """The answer's keys are the question's."""
    asked = frozenset({parsed("op://homelab/talos/MACHINE_TOKEN"), parsed("op://other/talos/MACHINE_TOKEN")})
    assert asyncio.run(make().resolve(asked)).keys() == asked


def test_no_question_needs_no_answer(make: MakeSource) -> None:
    """An empty set costs nothing and gives nothing."""
    assert resolve(make()) == {}


@pytest.mark.parametrize(
    "missing",
    [
        "op://nowhere/talos/MACHINE_TOKEN",
        "op://homelab/nothing/MACHINE_TOKEN",
        "op://homelab/talos/NO_FIELD",
        "op://homelab/talos/nosection/CA_KEY",
        "op://homelab/odd/empty",
    ],
)
def test_a_reference_without_a_value_is_permanent_and_named(make: MakeSource, missing: str) -> None:
    """The operator reads which reference is wrong and what to do; no value stands in the sentence."""
    source = make()
    with pytest.raises(Permanent) as caught:
        resolve(source, "op://homelab/talos/MACHINE_TOKEN", missing)
    assert missing in caught.value.sentence
    assert caught.value.next_action
    assert CANARY not in f"{caught.value!r} {caught.value.sentence} {caught.value.next_action}"


def test_a_usable_source_says_nothing(make: MakeSource) -> None:
    """check() of a source that works is empty."""
    assert asyncio.run(make().check()) == ""


def test_values_do_not_show(
    make: MakeSource, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither printing the answer nor any library's log shows a value."""
    caplog.set_level(logging.DEBUG)
    found = resolve(make(), "op://homelab/talos/MACHINE_TOKEN")
    shown = f"{found} {caplog.text} {''.join(capfd.readouterr())}"
    assert CANARY not in shown
    assert "<secret>" in shown
