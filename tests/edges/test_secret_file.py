"""Secrets from a plain file: private, complete, and never quoted in an error."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bootstrap.errors import Permanent
from edges.secret_file import SecretFile
from tree.reference import parsed

REFERENCE = "op://homelab/talos/TOKEN"
CANARY = "canary-77aa10"


def written(tmp_path: Path, text: str | bytes, mode: int = 0o600) -> SecretFile:
    path = tmp_path / "secrets.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return SecretFile(path)


def resolve(source: SecretFile, *references: str) -> list[str]:
    found = asyncio.run(source.resolve(frozenset(map(parsed, references))))
    return [found[parsed(reference)].reveal() for reference in references]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"{REFERENCE}: {CANARY}\n", CANARY),
        (f'{{"{REFERENCE}": "{CANARY}"}}', CANARY),
        (f"# lab only\n{REFERENCE}: |\n  one\n  two\n", "one\ntwo\n"),
        (f"{REFERENCE}: '0755'\n", "0755"),
        (f"{REFERENCE}: yes\n", "yes"),
        (f"OP://HOMELAB/talos/token: x\n{REFERENCE.lower()}: y\n".replace("OP://", "op://other-"), "y"),
    ],
)
def test_yaml_and_json_both_work(tmp_path: Path, text: str, value: str) -> None:
    """YAML 1.2 as people write it: `yes` is a text, block scalars keep their lines."""
    assert resolve(written(tmp_path, text), REFERENCE) == [value]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601, 0o777])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others is one too many; the remedy is a command to paste."""
    source = written(tmp_path, f"{REFERENCE}: {CANARY}\n", mode)
    with pytest.raises(Permanent, match=f"others may use it .mode {mode:04o}") as caught:
        resolve(source, REFERENCE)
    assert caught.value.next_action.startswith(f"chmod 600 {source.path}")
    assert "chmod 600" in asyncio.run(source.check())


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_used(tmp_path: Path, mode: int) -> None:
    """Its owner may read it, nobody else."""
    assert asyncio.run(written(tmp_path, f"{REFERENCE}: {CANARY}\n", mode).check()) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{REFERENCE}: 0755\n", ":1: the value of op://homelab/talos/TOKEN is a"),
        (f"\n{REFERENCE}: ''\n", ":2: the value of op://homelab/talos/TOKEN is empty"),
        (f"{REFERENCE}: [{CANARY}]\n", "is a CommentedSeq; expected a text; put it in quotes"),
        (f"{REFERENCE}: {CANARY}\nvault/item: {CANARY}\n", ":2: vault/item is not a reference"),
        (f"{REFERENCE}: {CANARY}\n{REFERENCE.replace('TOKEN', 'token')}: b\n", ":2: op://homelab/talos/token stands"),
        (f"{REFERENCE}: {CANARY}\n{REFERENCE}: {CANARY}\n", ":2: this is no YAML, or a key stands there twice"),
        (f"a: '{CANARY}\nb", "this is no YAML"),
        (f"- {CANARY}\n", "is no mapping"),
        (CANARY, "is no mapping"),
        ("", "is no mapping"),
        (b"\xff\xfe" + CANARY.encode(), "is not text in UTF-8"),
        (f"a: !!python/object {CANARY}\n", "a is not a reference"),
    ],
)
def test_a_broken_file_is_named_by_place_and_never_quoted(tmp_path: Path, text: str | bytes, said: str) -> None:
    """File and line, what is wrong, what to do; a value is in none of it."""
    source = written(tmp_path, text)
    with pytest.raises(Permanent) as caught:
        resolve(source, REFERENCE)
    assert said in caught.value.sentence
    assert str(source.path) in caught.value.sentence
    assert caught.value.next_action
    assert CANARY not in f"{caught.value!r}{caught.value.next_action}{asyncio.run(source.check())}"


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    """Three wrong lines, three sentences."""
    source = written(tmp_path, "a: b\nop://v/i: c\nop://v/i/f: 5\n")
    with pytest.raises(Permanent) as caught:
        resolve(source, REFERENCE)
    assert [line.split(": ")[0][-2:] for line in caught.value.sentence.splitlines()] == [":1", ":2", ":3"]


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    """Not there, or no file at all."""
    source = SecretFile(tmp_path if kind == "folder" else tmp_path / "no.yaml")
    with pytest.raises(Permanent, match="cannot be read"):
        resolve(source, REFERENCE)


def test_all_missing_references_are_named(tmp_path: Path) -> None:
    """Every one that the file does not hold, not the first."""
    with pytest.raises(Permanent) as caught:
        resolve(written(tmp_path, f"{REFERENCE}: x\n"), REFERENCE, "op://v/i/one", "op://v/i/two")
    assert "op://v/i/one, op://v/i/two" in caught.value.sentence
    assert REFERENCE not in caught.value.sentence
