"""Machine configs through the real talosctl: merged and judged without a secret in sight."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import yaml

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from edges.command import Ran
from edges.field_mask import secrets_in
from edges.shell import Shell
from edges.talosctl import TalosCtl
from tests.edges.talos_bench import generated_pki
from tests.edges.tools import program

PATCH = "machine:\n  network:\n    hostname: k8s-1\n  token: patched.0123456789abcdef\n"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def ran() -> list[Ran]:
    return []


@pytest.fixture
def talos(tmp_path: Path, ran: list[Ran]) -> TalosCtl:
    return TalosCtl(Shell(tmp_path / "state", log=ran.append), program=program("talosctl"))


def test_a_patch_wins_over_the_base(talos: TalosCtl, pki: Path) -> None:
    """The merged config has the patch's fields, the base's others, and is valid."""
    base = Secret((pki / "controlplane.yaml").read_text())
    merged = asyncio.run(talos.merge(base, Secret(PATCH)))
    document = yaml.safe_load(merged.reveal())
    assert document["machine"]["network"]["hostname"] == "k8s-1"
    assert document["machine"]["token"] == "patched.0123456789abcdef"
    assert document["cluster"]["secret"] == yaml.safe_load(base.reveal())["cluster"]["secret"]
    assert asyncio.run(talos.validate(merged)) == ()


BROKEN = {
    "type": (("type: controlplane", "type: banana"), "unknown machine type"),
    "key that is not known": (("    token: ", "    tokeen: s3cretvalue\n    token: "), "tokeen"),
    "no base64": ((r"        key: \S+", "        key: not64!s3cretvalue"), "illegal base64"),
    "no YAML": ((r"    ca:\n", "    ca: [\n"), "yaml: line"),
    "not a config": ((r"(?s).*", "s3cretvalue"), "mapping"),
}


@pytest.mark.parametrize(("change", "complaint"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_is_said_without_a_value(
    talos: TalosCtl, ran: list[Ran], pki: Path, change: tuple[str, str], complaint: str
) -> None:
    """Each complaint names the field or the line; no secret of the config stands in it or in the log."""
    broken = re.sub(*change, (pki / "controlplane.yaml").read_text(), count=1)
    sentences = asyncio.run(talos.validate(Secret(broken)))
    assert any(complaint in sentence for sentence in sentences)
    shown = repr((sentences, ran))
    assert "s3cretvalue" not in shown
    assert not [each for each in secrets_in((pki / "controlplane.yaml").read_text()) if each.reveal() in shown]


@pytest.mark.parametrize("patch", ["machine: [s3cretvalue", "machine:\n  tokeen: s3cretvalue\n"])
def test_a_patch_that_does_not_fit_is_permanent(talos: TalosCtl, ran: list[Ran], pki: Path, patch: str) -> None:
    """The sentence says so and quotes no value."""
    with pytest.raises(Permanent, match="cannot be merged") as failed:
        asyncio.run(talos.merge(Secret((pki / "controlplane.yaml").read_text()), Secret(patch)))
    assert "s3cretvalue" not in failed.value.sentence + repr(ran)


def test_no_file_stays_and_nothing_secret_is_an_argument(talos: TalosCtl, ran: list[Ran], pki: Path) -> None:
    """The base goes by stdin, the patch by memory that is gone afterwards."""
    asyncio.run(talos.merge(Secret((pki / "controlplane.yaml").read_text()), Secret(PATCH)))
    assert "patched.0123456789abcdef" not in repr(ran)
    assert not list(talos.shell.state_dir.iterdir())
    path = next(word for word in ran[0].argv if word.startswith("@"))[1:]
    assert not Path(path).exists()


@pytest.mark.parametrize(
    "talosconfig", ["", "context: a\ncontexts: {}", "context: a\ncontexts: {a: {ca: bm90aGluZw==}}"]
)
def test_a_talosconfig_without_a_ca_is_permanent(talos: TalosCtl, talosconfig: str) -> None:
    """Without it nobody could be told from a stranger."""
    with pytest.raises(Permanent, match="no context with a CA"):
        asyncio.run(talos.connect(Secret(talosconfig)))


def test_a_talosctl_that_hangs_is_ended(tmp_path: Path, pki: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is transient, and the sentence says which call it was."""
    hanging = tmp_path / "talosctl"
    hanging.write_text("#!/bin/sh\nsleep 60\n")
    hanging.chmod(0o700)
    monkeypatch.setattr("edges.talos_call.CALL_S", 0.5)
    with pytest.raises(Transient, match="did not answer `talosctl validate"):
        asyncio.run(TalosCtl(Shell(tmp_path / "state"), program=str(hanging)).validate(Secret("machine: {}")))
    assert not list((tmp_path / "state").iterdir())
