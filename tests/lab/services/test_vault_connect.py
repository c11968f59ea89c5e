"""The lab's Connect server: the edge resolves from it, and it answers external-secrets as the real one does."""

from __future__ import annotations

import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from bootstrap.errors import Permanent, Transient
from edges.connect import Connect
from lab.services.connect import ConnectServer, identifier
from lab.services.vault import Vault
from lab.supervisor.web_ca import WebCa
from tests.lab.services.vault_place import do, revealed, small, vault_of, wanted
from tree.reference import parsed


def server_of(vault: Vault, certificate: tuple[Path, Path] | None = None) -> ConnectServer:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return ConnectServer(vault, address="127.0.0.1", port=port, certificate=certificate)


def url_of(server: ConnectServer) -> str:
    return f"http{'s' if server.certificate else ''}://127.0.0.1:{server.port}"


def serving(server: ConnectServer, work: Coroutine[Any, Any, None]) -> None:
    async def main() -> None:
        await server.start()
        try:
            await work
        finally:
            await server.stop()

    do(main())


def test_all_references_of_main_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the edge, with the token that the tree's own Secret holds."""
    vault = vault_of("main")
    monkeypatch.setenv("OP_CONNECT_TOKEN", vault.connect_token)
    server, references = server_of(vault), wanted("main")

    async def work() -> None:
        source = Connect(url=url_of(server))
        assert await source.check() == ""
        assert revealed(await source.resolve(references)) == {each: vault.get(each) for each in references}

    serving(server, work())


def test_over_https_with_the_labs_ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted by SSL_CERT_FILE, and by nobody without it."""
    vault = small(app__A="1")
    server = server_of(vault, WebCa(tmp_path / "ca.crt", tmp_path / "leaves").leaf(["localhost"], ["127.0.0.1"]))
    monkeypatch.setenv("OP_CONNECT_TOKEN", vault.connect_token)

    async def work() -> None:
        source = Connect(url=url_of(server))
        assert "not trusted" in await source.check()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
        assert await source.check() == ""

    serving(server, work())


def test_a_wrong_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every path of the API; being alive is nobody's secret."""
    server = server_of(small(app__A="1"))
    monkeypatch.setenv("OP_CONNECT_TOKEN", "another")

    async def work() -> None:
        assert "refuses the token" in await Connect(url=url_of(server)).check()
        async with httpx.AsyncClient(base_url=url_of(server)) as client:
            vault, item = identifier("homelab"), identifier("homelab", "app")
            for path in ("/v1/vaults", f"/v1/vaults/{vault}/items", f"/v1/vaults/{vault}/items/{item}", "/v1/nothing"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["status"]) == (401, 401)
            assert (await client.get("/heartbeat")).status_code == 200
            assert (await client.get("/health")).json()["dependencies"]

    serving(server, work())


def test_as_external_secrets_asks() -> None:
    """Vault by title, item by title, then the item by its id: the filters of the Connect SDK for Go."""
    server = server_of(small(app__A="1", app__deep__B="2", other__C="3"))

    async def work() -> None:
        headers = {"Authorization": "Bearer token"}
        async with httpx.AsyncClient(base_url=url_of(server), headers=headers) as client:
            vaults = (await client.get("/v1/vaults?filter=title+eq+%22homelab%22")).json()
            assert [vault["name"] for vault in vaults] == ["homelab"]
            below = f"/v1/vaults/{vaults[0]['id']}"
            assert (await client.get(below)).json() == vaults[0]
            items = (await client.get(f"{below}/items?filter=title+eq+%22app%22")).json()
            assert [item["title"] for item in items] == ["app"]
            assert "fields" not in items[0]
            item = (await client.get(f"{below}/items/{items[0]['id']}")).json()
            assert {field["label"]: field["value"] for field in item["fields"]} == {"A": "1", "B": "2"}
            assert [section["label"] for section in item["sections"]] == ["deep"]
            assert len((await client.get(f"{below}/items")).json()) == 2
            assert (await client.get("/v1/vaults?filter=title+eq+%22nothing%22")).json() == []

    serving(server, work())


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/vaults/nothing/items", 404), ("/v1/vaults/VAULT/items/nothing", 404), ("/v1/vaults?filter=x", 400)],
)
def test_what_is_not_there_is_said(path: str, status: int) -> None:
    """In the shape of the API's errors."""
    server = server_of(small(app__A="1"))

    async def work() -> None:
        async with httpx.AsyncClient(base_url=url_of(server), headers={"Authorization": "Bearer token"}) as client:
            answer = await client.get(path.replace("VAULT", identifier("homelab")))
            assert (answer.status_code, answer.json()["status"]) == (status, status)
            assert answer.json()["message"]

    serving(server, work())


def test_it_can_be_down_and_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: nobody answers; afterwards all is as before."""
    vault = small(app__A="1")
    monkeypatch.setenv("OP_CONNECT_TOKEN", vault.connect_token)
    server = server_of(vault)

    async def work() -> None:
        source, asked = Connect(url=url_of(server)), frozenset({parsed("op://homelab/app/A")})
        await server.stop()
        with pytest.raises(Transient):
            await source.resolve(asked)
        await server.start()
        assert len(await source.resolve(asked)) == 1
        with pytest.raises(Permanent, match="no such field"):
            await source.resolve(frozenset({parsed("op://homelab/app/B")}))

    serving(server, work())
