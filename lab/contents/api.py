"""The API of the lab's cluster, as what plays its kubelets speaks to it: few verbs, no types, JSON as it is."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

Object = dict[str, Any]
"""One object of the API, as JSON gives it."""

MANAGER = "lab-contents"
"""Field manager of all that the lab writes."""

_STRATEGIC = "application/strategic-merge-patch+json"
_MERGE = "application/merge-patch+json"
_LISTEN_S = 45


class ApiError(Exception):
    """The API refused. status: the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Api:
    """Speaks to whichever API server the kubeconfig names now; a new kubeconfig is taken after a failed connection.

    Raises ApiError where it refuses and ConnectionError where it does not answer.
    """

    def __init__(self, kubeconfig: Callable[[], Awaitable[Path]]) -> None:
        self._kubeconfig = kubeconfig
        self._text = ""
        self._client: httpx.AsyncClient | None = None

    async def get(self, path: str, **params: str) -> Object:
        return await self._call("GET", path, params)

    async def create(self, path: str, body: Mapping[str, Any]) -> Object:
        return await self._call("POST", path, {"fieldManager": MANAGER}, body, "application/json")

    async def patch(self, path: str, body: Mapping[str, Any], *, strategic: bool = True) -> Object:
        """strategic: False for custom resources, which have no strategic merge."""
        return await self._call("PATCH", path, {"fieldManager": MANAGER}, body, _STRATEGIC if strategic else _MERGE)

    async def delete(self, path: str) -> None:
        await self._call("DELETE", path, {})

    async def watch(self, path: str, version: str) -> AsyncIterator[Object]:
        """Events after resourceVersion `version`, until the server ends the stream, as it does after some seconds."""
        params = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_LISTEN_S),
        }
        client = await self._connected()
        try:
            async with client.stream("GET", path, params=params, timeout=_LISTEN_S + 15) as response:
                if response.is_error:
                    raise ApiError(response.status_code, (await response.aread()).decode(errors="replace"))
                async for line in response.aiter_lines():
                    if line:
                        yield json.loads(line)
        except (httpx.HTTPError, OSError) as error:
            await self.close()
            raise ConnectionError(f"{type(error).__name__} while watching {path}") from error

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _call(
        self, method: str, path: str, params: Mapping[str, str], body: Mapping[str, Any] | None = None, kind: str = ""
    ) -> Object:
        content = None if body is None else json.dumps(body)
        client = await self._connected()
        try:
            response = await client.request(
                method, path, params=params, content=content, headers={"Content-Type": kind} if kind else {}
            )
        except (httpx.HTTPError, OSError, RuntimeError) as error:  # RuntimeError: closed by another call's failure
            await self.close()
            raise ConnectionError(f"{type(error).__name__} at {method} {path}") from error
        if response.is_error:
            raise ApiError(response.status_code, _message(response))
        answer: Object = response.json()
        return answer

    async def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            text = (await self._kubeconfig()).read_text()
            if self._client is None:
                self._client = _client(text)
        return self._client


def server_and_ca(text: str) -> tuple[str, str]:
    """The server's URL and the CA's PEM of a kubeconfig's only cluster."""
    cluster = yaml.safe_load(text)["clusters"][0]["cluster"]
    return str(cluster["server"]), _pem(cluster, "certificate-authority")


def _client(text: str) -> httpx.AsyncClient:
    server, ca = server_and_ca(text)
    user = yaml.safe_load(text)["users"][0]["user"]
    context = ssl.create_default_context(cadata=ca)
    headers = {"User-Agent": MANAGER}
    if "token" in user:
        headers["Authorization"] = f"Bearer {user['token']}"
    else:
        with tempfile.NamedTemporaryFile("w") as pair:  # 0600; ssl takes files only
            pair.write(_pem(user, "client-certificate") + "\n" + _pem(user, "client-key"))
            pair.flush()
            context.load_cert_chain(pair.name)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    return httpx.AsyncClient(
        base_url=server, verify=context, headers=headers, limits=limits, timeout=15, trust_env=False
    )


def _pem(section: Mapping[str, str], name: str) -> str:
    if f"{name}-data" in section:
        return base64.b64decode(section[f"{name}-data"]).decode()
    return Path(section[name]).read_text()


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json().get("message", response.text))
    except ValueError:
        return response.text
