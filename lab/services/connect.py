"""A 1Password Connect server of the lab: the endpoints that Firstlight and external-secrets ask.

Paths and shapes as in 1Password's Connect API reference (Vault, Item, FullItem, ErrorResponse).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from lab import addresses
from lab.services.vault import Vault

_FILTER = re.compile(r'(?:title|name) eq "(?P<wanted>[^"]*)"', re.IGNORECASE)
_OPEN = ("/heartbeat", "/health")
_SHUTDOWN_S = 2.0
Thing = dict[str, Any]


@dataclass(slots=True)
class ConnectServer:
    """Serves a vault to whoever has its bearer token. certificate: PEM files of leaf and key; None for plain http."""

    vault: Vault
    address: str = addresses.CONNECT
    port: int = 8080
    certificate: tuple[Path, Path] | None = None
    _runner: web.AppRunner | None = None
    _vaults: dict[str, dict[str, Thing]] = field(default_factory=dict)

    async def start(self) -> None:
        if self._runner is not None:
            return
        self._vaults = items_of(self.vault)
        app = web.Application(middlewares=[_guarded(self.vault.connect_token)])
        app.router.add_get("/heartbeat", _heartbeat)
        app.router.add_get("/health", _health)
        app.router.add_get("/v1/vaults", self._list_vaults)
        app.router.add_get("/v1/vaults/{vault}", self._vault)
        app.router.add_get("/v1/vaults/{vault}/items", self._list_items)
        app.router.add_get("/v1/vaults/{vault}/items/{item}", self._item)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        await web.TCPSite(runner, self.address, self.port, ssl_context=self._tls()).start()
        self._runner = runner

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _tls(self) -> ssl.SSLContext | None:
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certificate)
        return context

    async def _list_vaults(self, request: web.Request) -> web.Response:
        return _filtered(request, [_vault(name, len(items)) for name, items in self._vaults.items()], "name")

    async def _vault(self, request: web.Request) -> web.Response:
        name, items = self._found(request)
        return web.json_response(_vault(name, len(items)))

    async def _list_items(self, request: web.Request) -> web.Response:
        _, items = self._found(request)
        return _filtered(request, [_summary(item) for item in items.values()], "title")

    async def _item(self, request: web.Request) -> web.Response:
        _, items = self._found(request)
        for item in items.values():
            if item["id"] == request.match_info["item"]:
                return web.json_response(item)
        raise _Said(404, "item not found")

    def _found(self, request: web.Request) -> tuple[str, dict[str, Thing]]:
        for name, items in self._vaults.items():
            if identifier(name) == request.match_info["vault"]:
                return name, items
        raise _Said(404, "vault not found")


class _Said(Exception):
    """An error answer of Connect's API."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def identifier(*names: str) -> str:
    """An id as 1Password makes them: 26 lower-case letters and digits."""
    return hashlib.sha256("/".join(names).lower().encode()).hexdigest()[:26]


def items_of(vault: Vault) -> dict[str, dict[str, Thing]]:
    """vault name -> item title -> FullItem."""
    vaults: dict[str, dict[str, Thing]] = {}
    for reference, value in vault.values.items():
        items = vaults.setdefault(reference.vault, {})
        item = items.setdefault(reference.item.lower(), _new_item(reference.vault, reference.item))
        label, section = reference.field, reference.section
        entry: Thing = {"id": identifier(section, label), "label": label, "type": "CONCEALED", "value": value}
        if section:
            named = {"id": identifier("section", section), "label": section}
            item["sections"] += [] if named in item["sections"] else [named]
            entry["section"] = {"id": named["id"]}
        item["fields"].append(entry)
    return vaults


def _new_item(vault: str, title: str) -> Thing:
    return {
        "id": identifier(vault, title), "title": title, "category": "API_CREDENTIAL", "version": 1,
        "vault": {"id": identifier(vault)}, "sections": [], "fields": [],
    }  # fmt: skip


def _vault(name: str, items: int) -> Thing:
    return {"id": identifier(name), "name": name, "type": "USER_CREATED", "items": items}


def _summary(item: Thing) -> Thing:
    return {key: value for key, value in item.items() if key not in ("fields", "sections")}


def _filtered(request: web.Request, things: list[Thing], label: str) -> web.Response:
    wanted = request.query.get("filter")
    if wanted is None:
        return web.json_response(things)
    match = _FILTER.fullmatch(wanted.strip())
    if match is None:
        raise _Said(400, "invalid filter")
    return web.json_response([thing for thing in things if thing[label] == match["wanted"]])


def _guarded(token: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def guard(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        shown = request.headers.get("Authorization", "")
        if request.path not in _OPEN and not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            return _error(401, "Invalid token signature" if shown else "Authorization header is missing")
        try:
            return await handler(request)
        except _Said as said:
            return _error(said.status, said.message)

    return guard


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"status": status, "message": message}, status=status)


async def _heartbeat(_: web.Request) -> web.Response:
    return web.Response(text=".")


async def _health(_: web.Request) -> web.Response:
    services: list[Mapping[str, str]] = [{"service": "sync", "status": "ACTIVE"}, {"service": "sqlite", "status": "OK"}]
    return web.json_response({"name": "1Password Connect API", "version": "1.8.1", "dependencies": services})
