"""Secrets by 1Password Connect: few requests, clear errors, and never from inside of the cluster itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges.connect import Connect
from edges.connect_place import inside_cluster
from tests.standins.connect import TOKEN, Vault, identifier, serving
from tree.reference import Reference, parsed

VALUES = {
    "op://homelab/talos/TOKEN": "canary-1",
    "op://homelab/talos/CA_KEY": "canary-2",
    "op://homelab/flux/token": "canary-3",
    "op://homelab/flux/github/user": "operator",
    "op://homelab/flux/backup/user": "other",
    "op://homelab/flux/backup/bucket": "snapshots",
}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    monkeypatch.setenv("OP_CONNECT_TOKEN", TOKEN)
    with serving(Vault(VALUES)) as server:
        yield server


def resolve(url: str, *references: str, timeout_s: float = 15.0) -> Mapping[Reference, Secret]:
    source = Connect(url=url, timeout_s=timeout_s)
    return asyncio.run(source.resolve(frozenset(map(parsed, references))))


def revealed(found: Mapping[Reference, Secret]) -> dict[str, str]:
    return {str(reference): secret.reveal() for reference, secret in found.items()}


def test_each_list_and_item_is_fetched_once(vault: Vault) -> None:
    """Six references in two items: vaults, items, two items."""
    assert revealed(resolve(vault.url, *VALUES)) == VALUES
    assert len(vault.asked) == 4


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("op://HOMELAB/Talos/token", "canary-1"),
        (f"op://{identifier('homelab')}/{identifier('homelab', 'talos')}/{identifier('TOKEN')}", "canary-1"),
        (f"op://homelab/flux/{identifier('section', 'backup')}/user", "other"),
        ("op://homelab/flux/bucket", "snapshots"),
    ],
    ids=["case", "ids", "section id", "a single field in a section"],
)
def test_names_and_ids_both_work(vault: Vault, asked: str, value: str) -> None:
    """Vault, item, section and field by name in any case, or by id; a section may be left out when all is clear."""
    assert list(revealed(resolve(vault.url, asked)).values()) == [value]


def test_all_missing_references_are_named_with_the_reason(vault: Vault) -> None:
    """Connect can tell about each: the operator mends all in one go."""
    with pytest.raises(Permanent) as caught:
        resolve(vault.url, "op://nowhere/a/b", "op://homelab/nothing/x", "op://homelab/talos/nope", *VALUES)
    for part in (
        "op://nowhere/a/b (no such vault)",
        "op://homelab/nothing/x (no such item)",
        "op://homelab/talos/nope (no such field)",
    ):
        assert part in caught.value.sentence
    assert "canary" not in caught.value.sentence


def test_two_things_of_one_name_are_not_guessed_between(vault: Vault) -> None:
    """A title twice, or a field in two sections: named, and the way out is the id."""
    vault.extra_items.append({"id": "x" * 26, "title": "Talos", "fields": []})
    with pytest.raises(Permanent, match=r"TOKEN \(2 items have that name: use the id\)"):
        resolve(vault.url, "op://homelab/talos/TOKEN")
    with pytest.raises(Permanent, match=r"user \(2 fields have that name: use the id\)"):
        resolve(vault.url, "op://homelab/flux/user")


@pytest.mark.parametrize(
    ("status", "headers", "kind", "words"),
    [
        (401, {}, Permanent, "refuses the token in OP_CONNECT_TOKEN"),
        (403, {}, Permanent, "does not let this token read"),
        (404, {}, Permanent, "does not know"),
        (400, {}, Permanent, "does not understand"),
        (418, {}, Permanent, "refuses"),
        (302, {"Location": "http://127.0.0.1:1/"}, Permanent, "redirect"),
        (429, {"Retry-After": "7"}, Transient, "less often"),
        (500, {}, Transient, "answered 500"),
        (503, {"Retry-After": "7"}, Transient, "answered 503"),
        (200, {}, Permanent, "no Connect server"),
    ],
)
def test_statuses_become_our_taxonomy(
    vault: Vault, status: int, headers: dict[str, str], kind: type[Transient | Permanent], words: str
) -> None:
    """One sentence each; a wait that the server names is kept; the token is shown and sent nowhere else."""
    vault.answers["/v1/vaults"] = (status, headers, "<html>not for us</html>")
    with pytest.raises(kind) as caught:
        resolve(vault.url, *VALUES)
    assert words in str(caught.value)
    assert TOKEN not in f"{caught.value!r}"
    assert vault.asked == ["/v1/vaults"]
    if isinstance(caught.value, Transient):
        assert caught.value.delay_s == (7.0 if "Retry-After" in headers else None)


@pytest.mark.parametrize("body", ["{}", '["x"]', '[{"name": "no id"}]', "null", "{"])
def test_an_answer_of_another_shape_is_no_connect_server(vault: Vault, body: str) -> None:
    """A login page or a router at that address: one sentence, no traceback."""
    vault.answers["/v1/vaults"] = (200, {}, body)
    with pytest.raises(Permanent, match="is no Connect server"):
        resolve(vault.url, *VALUES)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "tökén"])
def test_a_token_that_cannot_be_sent_is_named_and_not_shown(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """It comes from the environment only; nothing is asked without one."""
    monkeypatch.setenv("OP_CONNECT_TOKEN", token)
    with pytest.raises(Permanent, match="OP_CONNECT_TOKEN") as caught:
        resolve(vault.url, *VALUES)
    assert not token or token not in str(caught.value)
    assert vault.asked == []


def test_a_wrong_token_fails_the_check(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """check() says it in a sentence, with what to set."""
    monkeypatch.setenv("OP_CONNECT_TOKEN", "another")
    said = asyncio.run(Connect(url=vault.url).check())
    assert "refuses the token" in said
    assert "set OP_CONNECT_TOKEN" in said


def test_nobody_there_is_transient(vault: Vault) -> None:
    """A closed port may open again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Transient, match="could not be reached"):
        resolve(f"http://127.0.0.1:{port}", *VALUES)
    assert "could not be reached" in asyncio.run(Connect(url=f"http://127.0.0.1:{port}").check())


def test_a_silent_server_ends_by_its_timeout(vault: Vault) -> None:
    """It accepts and says nothing: transient, not a hang."""
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(Transient, match="could not be reached"):
        resolve(f"http://127.0.0.1:{server.getsockname()[1]}", *VALUES, timeout_s=0.3)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://127.0.0.1:99999", "http://[::1", "http://", "connect:8080"])
def test_an_unusable_address_is_permanent(vault: Vault, url: str) -> None:
    """Waiting does not mend a URL: the sentence shows it, and what it should look like."""
    with pytest.raises(Permanent, match="cannot be used; expected http://host:8080"):
        resolve(url, *VALUES)


def test_a_server_in_the_cluster_is_refused_before_it_is_asked(vault: Vault) -> None:
    """It is found by what its name means now, not only by how it is called."""
    url = vault.url.replace("127.0.0.1", "localhost")
    source = Connect(url=url, networks=["127.0.0.0/8", "::1/128"])
    with pytest.raises(Refused, match="runs in the cluster that is being rebuilt"):
        asyncio.run(source.resolve(frozenset(map(parsed, VALUES))))
    assert "runs in the cluster" in asyncio.run(source.check())
    assert vault.asked == []


CLUSTER = {
    "addresses": ["10.11.0.11", "10.11.0.10", "fd00::11"],
    "networks": ["10.42.0.0/16", "10.43.0.0/16", "10.11.9.0/24"],
    "names": ["K8s.Example.net", "k8s-1"],
}


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://10.11.0.11:8080", True),
        ("http://10.11.0.10", True),
        ("http://[fd00::11]:8080", True),
        ("http://10.42.3.4:8080", True),
        ("https://10.11.9.5", True),
        ("https://k8s.example.net:443", True),
        ("https://K8S.EXAMPLE.NET./v1", True),
        ("http://k8s-1:30080", True),
        ("http://onepassword-connect.external-secrets.svc:8080", True),
        ("http://onepassword-connect.external-secrets.svc.cluster.local", True),
        ("http://onepassword-connect.external-secrets.svc.home.arpa", True),
        ("http://connect.cluster.local", True),
        ("http://10.11.0.12:8080", False),
        ("http://10.12.0.11:8080", False),
        ("https://connect.example.net", False),
        ("https://my-svc.example.net", False),
        ("http://127.0.0.1:8080", False),
        ("http://[fe80::1%25eth0]:8080", False),
    ],
)
def test_what_is_inside_of_the_cluster(url: str, inside: bool) -> None:
    """Its nodes, VIP, networks, names and services are; another cluster, another machine and this one are not."""
    assert inside_cluster(url, **CLUSTER) is inside


@pytest.mark.parametrize(
    ("resolved", "inside"), [(["10.11.9.5"], True), (["192.0.2.7", "fd00::11"], True), ([], False)]
)
def test_a_name_in_front_of_the_clusters_gateway_is_inside(resolved: list[str], inside: bool) -> None:
    """The name is the home's, the address is the load balancer's: it goes down with the cluster."""
    assert inside_cluster("https://connect.example.net", **CLUSTER, resolved=resolved) is inside
