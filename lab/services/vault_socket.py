"""The vault's socket: where the lab's `op` asks. The values stay in this process; `op` gets what it asks for."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lab
from lab.place import LabPlace
from lab.services.vault import Vault
from tree.reference import Reference, parse

_LARGEST = 4 << 20
_ROOT = Path(lab.__file__).parents[1]
# `op inject` replaces references in braces and bare ones, and expands variables: the lab's has none to expand
_REFERENCE = re.compile(r"\{\{\s*(?P<braced>op://[^{}\n]+?)\s*\}\}|(?P<bare>op://[A-Za-z0-9_./-]+)")
_OP = """#!{python} -I
import sys

sys.path.insert(0, {root!r})
from lab.services.vault_op import main

sys.exit(main({socket!r}))
"""


@dataclass(slots=True)
class VaultSocket:
    """Serves a vault to the `op` that it writes into the lab's programs.

    ask: each terminal's session has to approve once, by Enter, before it gets a value. asked: sessions that were asked.
    """

    place: LabPlace
    vault: Vault
    ask: bool = False
    approved: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def path(self) -> Path:
        return self.place.folder / "vault.sock"

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.path, limit=_LARGEST)
        self.path.chmod(0o600)
        self.place.programs.mkdir(parents=True, exist_ok=True)
        op = self.place.programs / "op"
        op.write_text(_OP.format(python=sys.executable, root=str(_ROOT), socket=str(self.path)))
        op.chmod(0o700)

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()
            self.path.unlink(missing_ok=True)

    def ask_anew(self) -> None:
        """From now on it asks, and nobody has approved yet."""
        self.ask = True
        self.approved.clear()
        self.asked.clear()

    def ask_nobody(self) -> None:
        """From now on every session gets what it wants."""
        self.ask = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.readline())
            writer.write(json.dumps(self.answer(request)).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def answer(self, request: Mapping[str, str]) -> dict[str, Any]:
        """To one request of `op`: "text", "error" in op's words, or "approve": the operator is to be asked first."""
        session, what = request.get("session", ""), request.get("do")
        if request.get("approved") == "yes" and session:
            self.approved.add(session)
        allowed = not self.ask or session in self.approved
        if what == "whoami":
            return {"text": "URL: lab\n"} if allowed else {"error": "account is not signed in"}
        if not allowed:
            self.asked.append(session)
            return {"approve": True}
        try:
            if what == "read":
                return {"text": f"{self._value(request['reference'])}\n"}
            return {"text": _REFERENCE.sub(lambda m: self._value(m["braced"] or m["bare"]), request["template"])}
        except LookupError as error:
            return {"error": str(error.args[0])}

    def _value(self, text: str) -> str:
        reference = parse(text)
        if not isinstance(reference, Reference):
            raise LookupError(f"invalid secret reference '{text}': too few or too many parts")
        value = self.vault.get(reference)
        if value is None:
            raise LookupError(_missing(reference, self.vault))
        return value


def _missing(asked: Reference, vault: Vault) -> str:
    known = {each.key for each in vault.values}
    name, item = asked.key[:2]
    if name not in {key[0] for key in known}:
        return f'could not get item {asked.vault}/{asked.item}: "{asked.vault}" isn\'t a vault in this account.'
    if (name, item) not in {key[:2] for key in known}:
        where = f"could not find item {asked.item} in vault {asked.vault}"
        return f"could not resolve item UUID for item {asked.item}: {where}"
    return f"item '{asked.vault}/{asked.item}' does not have a field '{asked.field}'"
