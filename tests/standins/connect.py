"""A stand-in for a 1Password Connect server, on loopback: vaults, items and fields as its API reference shows them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "connect-token-canary-4711"


@dataclass
class Vault:
    """What the server holds. answers: path -> (status, headers, body) in place of the true answer."""

    values: Mapping[str, str]
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)
    extra_items: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(vault: Vault) -> Iterator[Vault]:
    """Serve until the block ends; the vault's `url` is set."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(vault))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    vault.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def identifier(*names: str) -> str:
    """An id as 1Password makes them: 26 lower-case letters and digits."""
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:26]


def tree(values: Mapping[str, str]) -> dict[str, dict[str, dict[str, Any]]]:
    """vault name -> item title -> the full item."""
    vaults: dict[str, dict[str, dict[str, Any]]] = {}
    for reference, value in values.items():
        vault, title, *section, label = reference.removeprefix("op://").split("/")
        items = vaults.setdefault(vault, {})
        item = items.setdefault(title, {"id": identifier(vault, title), "title": title, "sections": [], "fields": []})
        entry: dict[str, Any] = {"id": identifier(*section, label), "label": label, "type": "CONCEALED", "value": value}
        if section:
            named = {"id": identifier("section", section[0]), "label": section[0]}
            item["sections"] += [] if named in item["sections"] else [named]
            entry["section"] = {"id": named["id"]}
        item["fields"].append(entry)
    return vaults


def _handler(vault: Vault) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            vault.asked.append(self.path)
            if self.path in vault.answers:
                return self._answer(*vault.answers[self.path])
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._answer(401, {}, json.dumps({"status": 401, "message": "Invalid token signature"}))
            found = _found(vault, self.path)
            status = 200 if found is not None else 404
            return self._answer(status, {}, json.dumps(found or {"status": 404, "message": "not found"}))

        def _answer(self, status: int, headers: Mapping[str, str], body: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def _found(vault: Vault, path: str) -> Any:
    vaults = tree(vault.values)
    if path == "/v1/vaults":
        return [{"id": identifier(name), "name": name} for name in vaults]
    for name, items in vaults.items():
        listed = [*items.values(), *vault.extra_items]
        if path == f"/v1/vaults/{identifier(name)}/items":
            return [{"id": item["id"], "title": item["title"]} for item in listed]
        for item in listed:
            if path == f"/v1/vaults/{identifier(name)}/items/{item['id']}":
                return item
    return None
