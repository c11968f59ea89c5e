"""Secrets of machine configs and kubeconfigs, told by their fields and looks."""

from __future__ import annotations

import base64

import pytest

from edges.field_mask import is_sensitive, masked, secrets_in

PEM = "-----BEGIN ED25519 PRIVATE KEY-----\nMC4CAQAwBQ\n-----END ED25519 PRIVATE KEY-----\n"

TEXTS = {
    "field": "  token: hidden99\n",
    "removed line of a diff": "-  token: hidden99\n",
    "added line of a diff": "+    - privateKey: hidden99\n",
    "in quotes": '  "password": "hidden99"\n',
    "assignment": "auth_token = hidden99\n",
    "block": "    key: |\n      hidden99\n      and hidden99\n    other: 3\n",
    "PEM": "file: " + PEM.replace("MC4CAQAwBQ", "hidden99"),
    "PEM in base64": "  ca: " + base64.b64encode(PEM.replace("MC4CAQAwBQ", "hidden99").encode()).decode(),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_secret_value_is_masked(text: str) -> None:
    """Whichever way it stands in YAML, a diff or a file."""
    shown = masked(text)
    assert "hidden99" not in shown
    assert base64.b64encode(b"hidden99")[:-2].decode() not in shown
    assert "<secret>" in shown


PLAIN = (
    "    image: ghcr.io/siderolabs/kubelet:v1.34.4\n",
    "    apidCheckExtKeyUsage: true\n",
    "+    nodeLabels:\n+        zone: attic\n",
    "--- a\n+++ b\n@@ -1,2 +1,2 @@\n",
)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    """Versions above all: a diff that lowers one is refused by what it shows."""
    assert masked(text) == text


def test_what_follows_a_block_stays() -> None:
    """Only the block's own lines are hidden."""
    assert masked(TEXTS["block"]).endswith("    other: 3\n")


def test_secrets_are_found_in_a_config() -> None:
    """By field, below a secret field, by looks, and inside of files; not by chance."""
    found = secrets_in(
        "machine:\n  token: hidden1\n  type: worker-node\n  files:\n    - content: |\n        password: hidden2\n"
        "cluster:\n  secrets: [hidden3]\n  ca: LS0tLS1CRUdJTiBhidden4\n---\nkind: Other\nbootToken: hidden5\n"
    )
    values = {secret.reveal() for secret in found}
    assert values == {"hidden1", "hidden2", "hidden3", "LS0tLS1CRUdJTiBhidden4", "hidden5"}


def test_a_text_that_cannot_be_read_is_a_secret_as_a_whole() -> None:
    """Nothing in it can be told from a secret."""
    assert [secret.reveal() for secret in secrets_in("a: [hidden")] == ["a: [hidden"]


def test_fields_are_known_by_name() -> None:
    """As Talos and kubeconfigs name them."""
    names = ("token", "secret", "secretboxEncryptionSecret", "key", "client-key-data", "password", "crt", "auth")
    assert [name for name in names if not is_sensitive(name)] == []
    assert not any(map(is_sensitive, ("image", "hostname", "server", "clusterName", "author")))
