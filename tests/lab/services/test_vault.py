"""The lab's vault: a value for everything that a cluster asks for, with a PKI that is one."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from bootstrap.secret import Secret
from lab.services.vault import Vault
from lab.services.vault_pki import FIELDS, pki
from lab.services.vault_shapes import made_up
from lab.services.vault_wanted import wanted_by_stores
from steps.identity import identity_of
from tests.lab.services.tools import program
from tests.lab.services.vault_place import ROOT, cluster_of, do, tree_of, vault_of, wanted
from tree.reference import Reference, parsed


def value(vault: Vault, text: str) -> str:
    found = vault.get(parsed(text))
    assert found is not None, text
    return found


def pem(vault: Vault, field: str) -> str:
    return base64.b64decode(value(vault, f"op://homelab-main/talos/{field}")).decode()


@pytest.mark.parametrize("cluster", ["main", "staging"])
def test_every_reference_has_a_value(cluster: str) -> None:
    """Of tree and inventory, and what the secret store in the cluster will ask for."""
    vault = vault_of(cluster)
    assert {str(each) for each in wanted(cluster) if not vault.get(each)} == set()
    stores = wanted_by_stores(ROOT / tree_of(cluster).path, cluster_of(cluster).secrets.vault)
    assert {str(each) for each in stores if not vault.get(each)} == set()


def test_what_the_store_of_main_asks_for() -> None:
    """Every remoteRef of an ExternalSecret, also in a component that many apps share."""
    found = {f"{each.item}/{each.field}" for each in wanted_by_stores(ROOT / "kubernetes/main", "homelab-main")}
    assert found == {
        "sonarr/API_KEY", "radarr/API_KEY", "volsync/REPOSITORY_BASE", "volsync/RESTIC_PASSWORD",
        "volsync/AWS_ACCESS_KEY_ID", "volsync/AWS_SECRET_ACCESS_KEY",
    }  # fmt: skip


EXTERNAL_SECRETS = """
kind: ExternalSecret
spec:
  data:
    - remoteRef: {key: app, property: field/PASSWORD}
    - remoteRef: {key: plain}
    - remoteRef: {key: "${APP}", property: x}
  dataFrom:
    - extract: {key: whole, property: notes}
    - find: {name: {regexp: x}}
---
kind: ClusterExternalSecret
spec:
  externalSecretSpec:
    data:
      - remoteRef: {key: shared, property: TOKEN}
---
kind: ConfigMap
data: {kind: ExternalSecret}
---
"""


def test_all_forms_of_asking_are_found(tmp_path: Path) -> None:
    """Fields, extracts, secrets of the whole cluster; what Flux completes is nobody's to know."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "secrets.yaml").write_text(EXTERNAL_SECRETS)
    assert sorted(map(str, wanted_by_stores(tmp_path, "v"))) == [
        "op://v/app/PASSWORD", "op://v/plain/password", "op://v/shared/TOKEN", "op://v/whole/notes",
    ]  # fmt: skip


def test_two_vaults_share_nothing_but_what_is_no_secret() -> None:
    """main and staging have PKIs and passwords of their own."""
    public = ("DOMAIN", "REPOSITORY_BASE")
    main, staging = (
        {value for reference, value in vault_of(name).values.items() if not reference.field.endswith(public)}
        for name in ("main", "staging")
    )
    assert main & staging == set()


def test_the_identity_can_be_read_from_it() -> None:
    """Cluster id, and the fingerprints of both CAs, which differ."""
    values = {reference: Secret(text) for reference, text in vault_of("main").values.items()}
    identity = identity_of(cluster_of("main").identity, values)
    assert len(base64.urlsafe_b64decode(identity.cluster_id)) == 32
    assert len({identity.ca_fingerprint, identity.talos_ca_fingerprint}) == 2


@pytest.mark.parametrize("field", [name for name in FIELDS if name.endswith("_CA_CRT")])
def test_every_ca_is_one_with_its_key(field: str) -> None:
    """By openssl itself, with the label that Talos gives to keys rewritten."""
    vault = vault_of("main")
    certificate = x509.load_pem_x509_certificate(pem(vault, field).encode())
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    key = pem(vault, field.replace("_CRT", "_KEY")).replace("ED25519 PRIVATE", "PRIVATE")
    public = subprocess.run(["openssl", "pkey", "-pubout"], input=key.encode(), capture_output=True, check=True).stdout
    shown = subprocess.run(
        ["openssl", "x509", "-pubkey", "-noout"], input=pem(vault, field).encode(), capture_output=True, check=True
    ).stdout
    assert public == shown


def test_the_operators_certificate_is_an_administrators() -> None:
    """Signed by the machine CA, for the role that Talos reads from the organization; its key is its own."""
    vault = vault_of("main")
    authority = x509.load_pem_x509_certificate(pem(vault, "MACHINE_CA_CRT").encode())
    certificate = x509.load_pem_x509_certificate(pem(vault, "ADMIN_CRT").encode())
    certificate.verify_directly_issued_by(authority)
    assert isinstance(certificate.public_key(), Ed25519PublicKey)
    roles = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert [role.value for role in roles] == ["os:admin"]


def test_openssl_takes_the_operators_pair(tmp_path: Path) -> None:
    """As a client of the Talos API would load it."""
    vault = vault_of("main")
    paths = tmp_path / "crt", tmp_path / "key"
    paths[0].write_text(pem(vault, "ADMIN_CRT"))
    paths[1].write_text(pem(vault, "ADMIN_KEY").replace("ED25519 PRIVATE", "PRIVATE"))
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*paths)
    assert pem(vault, "ADMIN_KEY").startswith("-----BEGIN ED25519 PRIVATE KEY-----")


def test_the_credentials_of_connect_are_json_in_base64() -> None:
    """Connect decodes the value of the Secret's field once more (failure_4)."""
    document = json.loads(base64.b64decode(value(vault_of("main"), "op://homelab-main/onepassword-connect/"
                                                 "CREDENTIALS_JSON_BASE64")))  # fmt: skip
    assert document["version"] == "2"
    assert {"verifier", "encCredentials", "uniqueKey"} <= document.keys()


def test_the_token_of_the_store_opens_connect() -> None:
    """What the tree's Secret holds is what the lab's Connect takes."""
    vault = vault_of("main")
    assert vault.connect_token == value(vault, "op://homelab-main/onepassword-connect/TOKEN")


@pytest.mark.parametrize(
    ("name", "looks"),
    [("SECRET_DOMAIN", "lab.example.org"), ("AWS_ACCESS_KEY_ID", "AKIA"), ("X_URL", "https://"), ("EMAIL", "operator@"),
     ("TOKEN", "ey"), ("username", "operator"), ("REPOSITORY_BASE", "s3:https://")],
)  # fmt: skip
def test_made_up_values_look_like_what_they_stand_for(name: str, looks: str) -> None:
    """By the end of the field's name, in any case."""
    assert made_up(Reference("v", "item", "", name), "lab").startswith(looks)


def test_everything_else_is_a_password() -> None:
    """Never the same twice, and nothing that YAML or a shell reads as something else."""
    made = {made_up(Reference("v", "item", "", "whatever"), "lab") for _ in range(50)}
    assert len(made) == 50
    assert all(len(each) >= 24 and each.replace("-", "").replace("_", "").isalnum() for each in made)


def test_a_part_of_the_pki_that_nobody_makes_is_said() -> None:
    """A password in its place would fail much later, and far from here."""
    cluster, tree = cluster_of("main"), tree_of("main")
    from dataclasses import replace

    odd = replace(tree, references={**tree.references, parsed("op://homelab-main/talos/OTHER_CA_CRT"): ("x:1",)})
    with pytest.raises(RuntimeError, match="OTHER_CA_CRT"):
        do(Vault.generate(cluster, odd, ROOT, program("talosctl")))


@pytest.mark.parametrize(
    ("script", "words"),
    [("echo broken >&2; exit 3", "exit code 3: broken"), ("echo 'cluster: {id: x}'", r"wrote no cluster\.secret")],
)
def test_a_talosctl_that_fails_is_said(tmp_path: Path, script: str, words: str) -> None:
    """In its own words."""
    fake = tmp_path / "talosctl"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    with pytest.raises(RuntimeError, match=words):
        do(pki(fake))


def test_no_value_is_printed() -> None:
    """A vault may stand in a traceback."""
    vault = vault_of("main")
    assert not any(text in repr(vault) for text in vault.values.values())
