"""The control socket's two ends: one JSON object a line, one answer a line.

Paths of socket files are limited to 108 bytes (unix(7)), and a state folder may be deeper: both ends reach it through
the descriptor of its folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from bootstrap.errors import Permanent
from lab.supervisor.context import Answer, Handlers

ANSWER_S = 120.0
_LONGEST = 1 << 20


class NotStanding(Permanent):
    """No lab answers here."""


class LabRefused(Permanent):
    """The lab answered that it cannot do this."""


class ControlSocket:
    """The supervisor's end. handlers: may change while it is open. uses: connections that hold the lab open."""

    def __init__(self, path: Path, handlers: Handlers) -> None:
        self._path = path
        self.handlers = handlers
        self.uses = 0
        self.requests = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        with _near(self._path) as path:
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(path)
        os.chmod(self._path, 0o600)
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=_LONGEST)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held = False
        try:
            while line := await reader.readline():
                self.requests += 1
                asked = _request(line)
                if asked.get("do") == "hold" and not held:
                    held = True
                    self.uses += 1
                writer.write(json.dumps(await self._answer(asked)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            self.uses -= held
            self.requests += 1
            writer.close()

    async def _answer(self, asked: Mapping[str, Any]) -> Answer:
        handler = self.handlers.get(str(asked.get("do")))
        if handler is None:
            known = ", ".join(sorted(self.handlers))
            return {"error": f"the lab does not know {asked.get('do')!r}; it knows: {known}"}
        try:
            return await handler(asked)
        except Permanent as error:
            return {"error": error.sentence, "next": error.next_action}
        except Exception as error:  # whatever a handler raises is its answer: the lab goes on
            return {"error": f"{type(error).__name__}: {error}"}


class Connection:
    """An operator's end. Raises NotStanding."""

    def __init__(self, path: Path, timeout_s: float = ANSWER_S) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout_s)
        try:
            with _near(path) as near:
                self.socket.connect(near)
        except OSError:
            self.socket.close()
            _not_standing()

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """The answer. Raises NotStanding when the lab ended meanwhile, LabRefused when it says no."""
        try:
            self.socket.sendall(json.dumps({"do": do, **more}).encode() + b"\n")
            line = self.socket.makefile("rb").readline()
        except OSError:
            _not_standing()
        if not line:
            _not_standing()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LabRefused(answer["error"], answer.get("next", "see `invoke lab.logs`"))
        return answer


def ask(path: Path, do: str, timeout_s: float = ANSWER_S, **more: object) -> dict[str, Any]:
    """One request. Raises NotStanding, LabRefused."""
    connection = Connection(path, timeout_s)
    with connection.socket:
        return connection.ask(do, **more)


@contextmanager
def _near(path: Path) -> Iterator[str]:
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _request(line: bytes) -> Mapping[str, Any]:
    with suppress(ValueError):
        asked = json.loads(line)
        if isinstance(asked, dict):
            return asked
    return {}


def _not_standing() -> NoReturn:
    raise NotStanding("the lab does not answer: it is down, or it just ended", "bring it up: invoke lab.up") from None
