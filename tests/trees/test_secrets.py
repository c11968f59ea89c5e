"""No value of a secret stands in a tree."""

from __future__ import annotations

import base64
import re

import pytest

from tests.trees.reading import CLUSTERS, ROOT, documents, files, inventory, of_kind, rendered

REFERENCE = re.compile(r"^op://(?P<vault>[^/]+)/(?P<item>[^/]+)/(?P<field>[A-Z0-9_]+)$")
QUOTED = re.compile(r'"op://[^"\s]+"')


def secrets(cluster: str) -> dict[str, dict[str, str]]:
    found = [doc for doc in rendered(cluster, "bootstrap/resources.yaml.j2") if doc["kind"] == "Secret"]
    return {f"{doc['metadata']['namespace']}/{doc['metadata']['name']}": doc["stringData"] for doc in found}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_secrets_of_the_bootstrap_hold_references_to_the_clusters_own_vault(cluster: str) -> None:
    """Every value is one op:// reference, and the vault is the inventory's."""
    found = secrets(cluster)
    assert found.keys() == {"external-secrets/onepassword-connect-secret", "flux-system/cluster-secrets"}
    for values in found.values():
        for value in values.values():
            match = REFERENCE.match(value)
            assert match, "a value of a seed secret is no reference"
            assert match["vault"] == inventory(cluster).secrets.vault


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_4_the_credentials_of_connect_are_the_encoded_ones(cluster: str) -> None:
    """1Password Connect decodes what the Secret holds: the field says so by its name, and the chart reads that key."""
    seeded = secrets(cluster)["external-secrets/onepassword-connect-secret"]
    (release,) = documents(
        ROOT / f"kubernetes/{cluster}/apps/external-secrets/onepassword-connect/app/helmrelease.yaml"
    )
    connect = release["spec"]["values"]["connect"]
    assert connect["credentialsName"] == "onepassword-connect-secret"
    assert seeded[connect["credentialsKey"]].endswith("/CREDENTIALS_JSON_BASE64")
    assert "token" in seeded


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_reference_stands_alone_between_double_quotes(cluster: str) -> None:
    """It is replaced by its value after rendering, so what surrounds it must be YAML's own quotes and nothing else."""
    for path in files(cluster, "*.j2"):
        for line in path.read_text("utf-8").splitlines():
            if "op://" in line:
                assert len(QUOTED.findall(line)) == line.count("op://") == 1, f"{path}: {line}"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_references_stand_in_templates_only_and_secrets_nowhere_else(cluster: str) -> None:
    """What Flux applies is never injected: there, secrets are ExternalSecrets with key and property."""
    assert [path for path in files(cluster) if "op://" in path.read_text("utf-8")] == []
    assert of_kind(cluster, "Secret", "v1") == []
    for _, document in of_kind(cluster, "ExternalSecret", "external-secrets.io"):
        assert document["spec"]["refreshInterval"] == "12h"
        for entry in document["spec"]["data"]:
            assert entry["remoteRef"].keys() == {"key", "property"}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_nothing_in_a_tree_looks_like_a_key(cluster: str) -> None:
    """No PEM, in the clear or encoded, and no token of 1Password."""
    encoded = base64.b64encode(b"-----BEGIN ").decode()[:12]
    marks = ("-----BEGIN", encoded, "eyJ", "ops_", "LS0tLS1")
    texts = {path: path.read_text("utf-8") for path in files(cluster, "*")}
    assert [(path, mark) for path, text in texts.items() for mark in marks if mark in text] == []


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_store_reads_the_clusters_own_vault_with_the_seeded_token(cluster: str) -> None:
    """OnePassword store: name as the architecture has it, one vault, the token that resources.yaml.j2 made."""
    ((_, store),) = of_kind(cluster, "ClusterSecretStore", "external-secrets.io")
    provider = store["spec"]["provider"]["onepassword"]
    assert store["metadata"]["name"] == "onepassword-connect"
    assert provider["vaults"] == {inventory(cluster).secrets.vault: 1}
    token = provider["auth"]["secretRef"]["connectTokenSecretRef"]
    assert token["key"] in secrets(cluster)[f"{token['namespace']}/{token['name']}"]
