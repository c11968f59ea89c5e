"""Fingerprints: what proves which cluster answers, and what is no proof. Pure."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from steps.identity import fingerprint, identity_of, kubeconfig_fingerprint
from steps.injected import injected
from tests.steps.harness import cluster_of
from tree.reference import parsed

DER = b"0\x82\x01\x0a" + bytes(range(256))


def pem(der: bytes = DER, label: str = "CERTIFICATE", end: str = "\n") -> str:
    body = b64encode(der).decode()
    lines = [f"-----BEGIN {label}-----", *(body[i : i + 64] for i in range(0, len(body), 64)), f"-----END {label}-----"]
    return end.join([*lines, ""])


def encoded(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize(
    "text",
    [pem(), pem(end="\r\n"), f"subject=CN = kubernetes\n{pem()}", pem() + pem(b"another")],
    ids=["pem", "carriage returns", "words before it", "a chain: its first, as openssl"],
)
def test_a_fingerprint_is_the_sha256_of_the_der(text: str) -> None:
    """As `openssl x509 -fingerprint -sha256` shows it, however the PEM is written."""
    assert fingerprint(encoded(text), "CA") == sha256(DER).hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "not base64!",
        pem(),
        encoded("not a cert"),
        encoded(DER),
        encoded(pem(label="ED25519 PRIVATE KEY")),
        encoded("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        encoded("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"),
        encoded(pem().replace("-----END", "END")),
        "käse",
    ],
)
def test_what_is_no_certificate_has_no_fingerprint(value: str) -> None:
    """Two empty values must not be the same cluster; the place is named, the value is not."""
    with pytest.raises(Permanent) as caught:
        fingerprint(value, "op://vault/talos/CA")
    assert caught.value.sentence == "op://vault/talos/CA is no certificate in base64"
    assert not value or value not in f"{caught.value} {caught.value.next_action}"


def kubeconfig(ca: str) -> Secret:
    return Secret(f"clusters:\n- name: x\n  cluster: {{certificate-authority-data: '{ca}'}}\n")


def test_a_kubeconfig_is_known_by_its_ca_alone() -> None:
    """Names and contexts prove nothing."""
    assert kubeconfig_fingerprint(kubeconfig(encoded(pem()))) == sha256(DER).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a list",
        "clusters: []",
        "clusters: text",
        "clusters: {}",
        "clusters: [{cluster: {server: x}}]",
        "clusters: [{cluster: {certificate-authority-data: 5}}]",
        "{ broken",
        "since: 2001-13-45",
        "\t",
        "a: \x00",
    ],
)
def test_a_kubeconfig_without_ca_is_told_and_not_tripped_over(text: str) -> None:
    """Whatever stands in the file, the operator reads one sentence."""
    with pytest.raises(Permanent, match="carries no CA"):
        kubeconfig_fingerprint(Secret(text))


def test_the_identity_is_read_from_the_vault() -> None:
    """Cluster id and both CAs, by the inventory's references."""
    identity = cluster_of().identity
    values = {
        parsed(identity.cluster_id): Secret("id"),
        parsed(identity.kubernetes_ca): Secret(encoded(pem())),
        parsed(identity.talos_ca): Secret(encoded(pem(b"0other"))),
    }
    found = identity_of(identity, values)
    assert (found.cluster_id, found.ca_fingerprint) == ("id", sha256(DER).hexdigest())
    assert found.talos_ca_fingerprint == sha256(b"0other").hexdigest()


def test_values_that_cannot_be_written_are_an_error_of_the_step() -> None:
    """All at once, with the template and a remedy, without the values, and not as a defect of the program."""
    references = [parsed("op://v/i/A"), parsed("op://v/i/B")]
    text = "a: x op://v/i/A\nb: x op://v/i/B\n"
    with pytest.raises(Permanent) as caught:
        injected(text, {reference: Secret("s3cr3t: #") for reference in references}, "talos/talosconfig.j2")
    told = f"{caught.value.sentence} {caught.value.next_action}"
    assert "talos/talosconfig.j2:1" in told
    assert "talos/talosconfig.j2:2" in told
    assert "double quotes" in told
    assert "s3cr3t" not in told
