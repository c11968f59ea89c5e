"""The lab's web CA as TLS clients see it, on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from lab.supervisor.web_ca import WebCa


@pytest.fixture
def ca(tmp_path: Path) -> WebCa:
    return WebCa(tmp_path / "ca.crt", tmp_path / "web")


def _greeted(bundle: Path, leaf: tuple[Path, Path], name: str) -> dict[str, object]:
    """The certificate that a client accepted for `name`."""
    here, there = socket.socketpair()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*leaf)

    def serve() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        with ssl.create_default_context(cafile=bundle).wrap_socket(here, server_hostname=name) as client:
            return dict(client.getpeercert() or {})
    finally:
        here.close()
        serving.join()


@pytest.mark.parametrize("name", ["ghcr.io", "quay.io", "198.18.0.1", "::1"])
def test_a_client_that_trusts_the_ca_accepts_the_leaf(ca: WebCa, tmp_path: Path, name: str) -> None:
    """For each of its names and addresses."""
    leaf = ca.leaf(["ghcr.io", "quay.io"], ["198.18.0.1", "::1"])
    assert _greeted(tmp_path / "ca.crt", leaf, name)["issuer"] == ((("commonName", "Firstlight lab"),),)


def test_another_name_is_refused(ca: WebCa, tmp_path: Path) -> None:
    """A leaf is good for what it names."""
    with pytest.raises(ssl.SSLCertVerificationError):
        _greeted(tmp_path / "ca.crt", ca.leaf(["ghcr.io"]), "github.com")


def test_another_labs_ca_is_refused(ca: WebCa, tmp_path: Path) -> None:
    """Each lab has a CA of its own, although all have one name."""
    WebCa(tmp_path / "other.crt", tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        _greeted(tmp_path / "other.crt", ca.leaf(["ghcr.io"]), "ghcr.io")


def test_the_same_leaf_for_the_same(ca: WebCa) -> None:
    """Asked twice, it is not made twice; for other names it is another. Addresses are not names."""
    first = ca.leaf(["ghcr.io"], ["198.18.0.1"])
    made = first[0].read_bytes()
    assert ca.leaf(["ghcr.io"], ["198.18.0.1"]) == first
    assert first[0].read_bytes() == made
    assert ca.leaf(["ghcr.io"]) != first
    assert ca.leaf([], ["198.18.0.1"]) != first


def test_keys_are_their_owners_alone_and_the_cas_is_nowhere(ca: WebCa, tmp_path: Path) -> None:
    """Leaf keys 0600, and no other key in any file."""
    _, key = ca.leaf(["ghcr.io"])
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()] == [key]
    assert (tmp_path / "ca.crt").read_text().count("BEGIN CERTIFICATE") == 1
