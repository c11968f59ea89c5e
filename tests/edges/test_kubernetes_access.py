"""What a kubeconfig is read for: whom to trust is the identity's alone, and keys never become files."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.errors import Permanent, Refused
from bootstrap.secret import Secret
from edges.kubernetes_access import Access, access_of, tls
from estate.kubernetes import ClusterIdentity
from tests.edges.kubernetes_server import Authority

OURS, FOREIGN = Authority("kubernetes"), Authority("kubernetes")
IDENTITY = ClusterIdentity("id", OURS.fingerprint, "unused")
SERVER = "https://10.11.0.10:6443"


def read(**changes: Any) -> Access:
    """Of our kubeconfig with parts replaced: cluster, user, context, or a top-level key."""
    document = yaml.safe_load(OURS.kubeconfig(SERVER))
    for part in ("cluster", "user", "context"):
        document[f"{part}s"][0][part].update(changes.pop(part, {}))
    return access_of(Secret(yaml.safe_dump({**document, **changes})), IDENTITY)


def test_our_own_is_read() -> None:
    """Server, CA and credentials of the current context."""
    access = read(cluster={"server": f"{SERVER}/", "tls-server-name": "main.example"})
    assert access.server == SERVER
    assert access.server_name == "main.example"
    assert ssl.DER_cert_to_PEM_cert(access.ca).strip() == OURS.pem.strip()
    assert tls(access).cert_store_stats()["x509_ca"] == 1


def test_the_context_decides_not_the_order() -> None:
    """Another cluster that stands first in the file is not looked at."""
    document = yaml.safe_load(OURS.kubeconfig(SERVER))
    foreign = yaml.safe_load(FOREIGN.kubeconfig("https://10.12.0.10:6443"))["clusters"][0] | {"name": "other"}
    assert read(clusters=[foreign, document["clusters"][0]]).server == SERVER
    with pytest.raises(Refused):
        read(clusters=[foreign, document["clusters"][0]], context={"cluster": "other"})


def test_of_a_bundle_only_the_identitys_ca_is_trusted() -> None:
    """A second certificate behind ours would let another cluster answer."""
    import base64

    bundle = base64.b64encode((OURS.pem + FOREIGN.pem).encode()).decode()
    context = tls(read(cluster={"certificate-authority-data": bundle}))
    assert context.cert_store_stats()["x509"] == 1


def test_verification_cannot_be_switched_off() -> None:
    """What the file says about it is not believed."""
    context = tls(read(cluster={"insecure-skip-tls-verify": True}))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_another_ca_is_refused() -> None:
    """Although its name and the context are the same."""
    with pytest.raises(Refused, match="not the vault's"):
        access_of(Secret(FOREIGN.kubeconfig(SERVER)), IDENTITY)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"current-context": "another"}, "no context 'another'"),
        ({"clusters": []}, "no cluster 'lab'"),
        ({"users": "none"}, "no user"),
        ({"cluster": {"certificate-authority-data": ""}}, "carries no CA"),
        ({"cluster": {"server": "http://10.11.0.10:6443"}}, "expected an https:// address"),
        ({"user": {"client-key-data": ""}}, "neither a client certificate"),
        ({"user": {"client-key-data": "%%%"}}, "not base64"),
        ({"user": {"client-key-data": "a2V5"}}, "cannot be used together"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_is_no_use_is_permanent(changes: dict[str, Any], words: str) -> None:
    """One sentence and the next action."""
    with pytest.raises(Permanent, match=words) as caught:
        tls(read(**changes))
    assert caught.value.next_action
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", ["", "- a list", "{", "canary: [unclosed"])
def test_no_kubeconfig_at_all_is_permanent(text: str) -> None:
    """And its text is not quoted."""
    with pytest.raises(Permanent) as caught:
        access_of(Secret(text), IDENTITY)
    assert "canary" not in str(caught.value)


def test_a_token_will_do() -> None:
    """Without a client certificate."""
    access = read(user={"token": "canary", "client-certificate-data": "", "client-key-data": ""})
    assert access.token == Secret("canary")
    assert tls(access).verify_mode is ssl.CERT_REQUIRED


def test_no_key_becomes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is opened for writing while a context is made, and the pipes are closed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    access = read()
    before = len(os.listdir("/dev/fd"))
    tls(access)
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/dev/fd")) == before


def test_access_does_not_print_its_key() -> None:
    """It may stand in a traceback."""
    assert "PRIVATE KEY" not in repr(read())
