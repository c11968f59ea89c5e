"""Secrets by a 1Password Connect server: some GETs in all (the vaults, the items of each vault, each item once)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges import workers
from edges.connect_errors import understood, unreachable
from edges.connect_item import Thing, fields, named
from edges.connect_place import inside_cluster
from tree.reference import Reference

if TYPE_CHECKING:
    import httpx

TOKEN = "OP_CONNECT_TOKEN"  # noqa: S105 - the name of the variable
_AGAIN = "then run the same command again"
_LOOKUP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """A SecretSource. url: of the server, without /v1. The token comes from OP_CONNECT_TOKEN only.

    addresses, networks, names: the cluster's own, see `inside_cluster`: a server there is refused.
    timeout_s: seconds for each of: connect, and each read.
    """

    url: str
    addresses: Sequence[str] = ()
    networks: Sequence[str] = ()
    names: Sequence[str] = ()
    timeout_s: float = 15.0

    async def check(self) -> str:
        """ "" when it answers, takes the token, and does not run in the cluster itself."""
        try:
            async with await self._client() as client:
                await _Session(client).vaults()
        except Permanent as error:
            return f"{error.sentence}: {error.next_action}"
        except Transient as error:
            return error.sentence
        return ""

    async def resolve(self, references: frozenset[Reference]) -> Mapping[Reference, Secret]:
        """Raises Permanent with every reference that has no value, Refused, Transient."""
        if not references:
            return {}
        async with await self._client() as client:
            session = _Session(client)
            found = {reference: await session.value(reference) for reference in sorted(references)}
        if missing := [f"{reference} ({why})" for reference, why in found.items() if isinstance(why, str)]:
            raise Permanent(
                f"Connect has no value for {', '.join(missing)}",
                f"fill them in or correct the references; a new item needs some seconds to reach Connect, {_AGAIN}",
            )
        return {reference: value for reference, value in found.items() if isinstance(value, Secret)}

    async def _client(self) -> httpx.AsyncClient:
        import httpx

        _check_url(self.url)
        token = _token()
        await self._stay_outside()
        return httpx.AsyncClient(
            base_url=self.url.rstrip("/") + "/v1/",
            headers={"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"},
            timeout=self.timeout_s,
        )

    async def _stay_outside(self) -> None:
        if inside_cluster(self.url, self.addresses, self.networks, self.names, await _addresses(self.url)):
            raise Refused(
                f"the Connect server at {self.url} runs in the cluster that is being rebuilt, and is gone when it is",
                "take the `op` source, or a Connect server elsewhere, for this cluster in the inventory",
            )


@dataclass(slots=True)
class _Session:
    """One resolution: whatever was asked for once is not asked for again."""

    client: httpx.AsyncClient
    answers: dict[str, Any] = field(default_factory=dict)

    async def vaults(self) -> Sequence[Thing]:
        return await self._list("vaults")

    async def value(self, reference: Reference) -> Secret | str:
        """The value, or why there is none.

        Whole lists, because the server's filters compare by exact case and know no ids.
        """
        vault = _only(named(await self.vaults(), reference.vault, "name"), "vault")
        if isinstance(vault, str):
            return vault
        listed = f"vaults/{vault['id']}/items"
        item = _only(named(await self._list(listed), reference.item, "title"), "item")
        if isinstance(item, str):
            return item
        full = await self._item(f"{listed}/{item['id']}")
        found = _only(fields(full, reference), "field")
        if isinstance(found, str):
            return found
        return Secret(str(found["value"])) if found.get("value") else "the field is empty"

    async def _list(self, path: str) -> Sequence[Thing]:
        answer = await self._get(path)
        if not (isinstance(answer, list) and all(isinstance(each, dict) and "id" in each for each in answer)):
            raise _not_connect(path)
        return answer

    async def _item(self, path: str) -> Thing:
        answer = await self._get(path)
        if not isinstance(answer, dict):
            raise _not_connect(path)
        return answer

    async def _get(self, path: str) -> Any:
        if path not in self.answers:
            self.answers[path] = await self._fetch(path)
        return self.answers[path]

    async def _fetch(self, path: str) -> Any:
        import httpx

        try:
            response = await self.client.get(path)
        except httpx.HTTPError as error:
            raise unreachable(str(error) or type(error).__name__) from None
        if response.status_code != 200:
            raise understood(response.status_code, f"/v1/{path}", response.headers.get("Retry-After", ""))
        try:
            return response.json()
        except ValueError:
            raise _not_connect(path) from None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port beyond 65535, half a bracket
        usable = False
    if not usable:
        raise Permanent(
            f"the Connect URL {url!r} cannot be used; expected http://host:8080 or https://host",
            f"correct it in the inventory, {_AGAIN}",
        )


def _token() -> Secret:
    """Its shape is checked here: the client quotes a header that it cannot send."""
    token = os.environ.get(TOKEN, "").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        what = "has a character that no token has" if token else "is not set"
        raise Permanent(f"{TOKEN} {what}", f"set it to a token of this Connect server, {_AGAIN}")
    return Secret(token)


def _only(things: Sequence[Thing], kind: str) -> Thing | str:
    if len(things) == 1:
        return things[0]
    return f"no such {kind}" if not things else f"{len(things)} {kind}s have that name: use the id"


def _not_connect(path: str) -> Permanent:
    return Permanent(
        f"what answers for /v1/{path} is no Connect server", f"correct the Connect URL in the inventory, {_AGAIN}"
    )


async def _addresses(url: str) -> list[str]:
    """What the host's name means now; nothing when it means nothing (the request will say so)."""
    host = urlsplit(url).hostname or ""
    try:
        found = await workers.run(socket.getaddrinfo, host, None, timeout_s=_LOOKUP_S, grace_s=0.0)
    except (OSError, TimeoutError):
        return []
    return sorted({str(entry[4][0]) for entry in found})
