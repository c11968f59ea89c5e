"""The lab's registry: one process of distribution's registry behind the names of all registries of the internet."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx

from lab.addresses import NAMES, REGISTRY
from lab.place import LabPlace
from lab.program import Program, Programs, until_ready

Leaf = Callable[[Sequence[str], Sequence[str]], tuple[Path, Path]]
"""Names and addresses -> certificate and key of a server, signed by the lab's web CA."""

NAME = "registry"
_READY_S = 30.0


class Registry:
    """program: the registry's binary. Its data lasts as long as the lab does."""

    def __init__(
        self,
        place: LabPlace,
        programs: Programs,
        program: Path,
        leaf: Leaf,
        address: str = REGISTRY,
        port: int = 443,
    ) -> None:
        self._place = place
        self._programs = programs
        self._program = program
        self._leaf = leaf
        self._address = address
        self._port = port

    async def start(self) -> None:
        """Returns once it answers. Raises TimeoutError."""
        folder = self._place.data / NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = folder / "config.json"
        config.write_text(json.dumps(self._config(folder)), encoding="utf-8")
        await self._programs.start(
            Program(NAME, (str(self._program), "serve", str(config)), env={"OTEL_TRACES_EXPORTER": "none"})
        )
        await until_ready("the registry", self._answers, _READY_S)

    async def stop(self) -> None:
        """It can be started again, and holds what it held."""
        await self._programs.stop(NAME)

    async def push(self, deliver: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
        """Let `deliver` push with a client of this registry. Raises httpx.HTTPError."""
        async with self._client() as client:
            await deliver(client)

    def _config(self, folder: Path) -> dict[str, object]:
        names = [name for name, address in NAMES.items() if address == REGISTRY]
        certificate, key = self._leaf(names, [self._address])
        # YAML takes JSON
        return {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": True}},
            "http": {
                "addr": f"{self._address}:{self._port}",
                "tls": {"certificate": str(certificate), "key": str(key)},
            },
        }

    async def _answers(self) -> bool:
        try:
            async with self._client() as client:
                return (await client.get("/v2/")).status_code == httpx.codes.OK
        except (httpx.HTTPError, OSError):
            return False

    def _client(self) -> httpx.AsyncClient:
        trusted = ssl.create_default_context(cafile=str(self._place.ca))
        base = f"https://{self._address}:{self._port}"
        return httpx.AsyncClient(base_url=base, verify=trusted, trust_env=False, timeout=30.0)
