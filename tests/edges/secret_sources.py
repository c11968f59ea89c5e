"""The secret sources that the contract tests run against: a name, and how to make one that holds given values."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from edges.connect import Connect
from edges.op_cli import OpCli
from edges.secret_file import SecretFile
from estate.secrets import SecretSource
from tests.standins import connect

STANDINS = Path(__file__).parents[1] / "standins"

Make = Callable[[Mapping[str, str], Path, pytest.MonkeyPatch], AbstractContextManager[SecretSource]]
"""(reference -> value, a folder of its own, monkeypatch) -> the source, for the length of a with block."""


def use_op_standin(folder: Path, monkeypatch: pytest.MonkeyPatch, **vault: object) -> Path:
    """Put the stand-in `op` on PATH with this vault. Returns the folder where it notes its calls."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "standin.json").write_text(json.dumps({"values": {}, **vault}))
    python = Path(sys.executable).parent
    monkeypatch.setenv("PATH", os.pathsep.join([str(STANDINS), str(python), os.environ["PATH"]]))
    monkeypatch.setenv("OP_CONFIG_DIR", str(folder))
    return folder


@contextmanager
def by_op(values: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretSource]:
    use_op_standin(folder / "op", monkeypatch, values=dict(values))
    yield OpCli(prompt=lambda _: None)


@contextmanager
def by_connect(values: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretSource]:
    monkeypatch.setenv("OP_CONNECT_TOKEN", connect.TOKEN)
    with connect.serving(connect.Vault(values)) as vault:
        yield Connect(url=vault.url)


@contextmanager
def by_file(values: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretSource]:
    path = folder / "secrets.json"
    path.write_text(json.dumps({name: value for name, value in values.items() if value}))
    path.chmod(0o600)
    yield SecretFile(path)


SOURCES: dict[str, Make] = {
    "op": by_op,
    "connect": by_connect,
    "file": by_file,
}
"""Add a source by one line: it then has to pass tests/edges/test_secret_sources.py."""
