"""Git over https for readers, as the large hosts serve it: `git http-backend` behind a server of the lab's loop.

https://git-scm.com/docs/git-http-backend says what it reads from its environment (RFC 3875) and what it answers.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from lab import addresses

_READS = ("info/refs", "git-upload-pack", "HEAD")
_CHUNK = 1 << 16
_AT_ONCE = 16
_SHUTDOWN_S = 2.0


@dataclass(slots=True)
class GitServer:
    """repositories: path of a URL as of `url_path` -> bare repository; it is served with and without .git.

    certificate: PEM files of the leaf and its key. It may be stopped and started again: for who asks, git is down then.
    """

    certificate: tuple[Path, Path]
    repositories: Mapping[str, Path]
    address: str = addresses.GIT
    port: int = 443
    _runner: web.AppRunner | None = None
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def start(self) -> None:
        if self._runner is not None:
            return
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S, handler_cancellation=True)
        await runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certificate)
        await web.TCPSite(runner, self.address, self.port, ssl_context=context).start()
        self._runner = runner

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        found = self._located(request.match_info["path"])
        if found is None:
            return web.Response(status=404, text="Repository not found\n")
        folder, rest = found
        service = request.query.get("service", "git-upload-pack")
        if rest not in _READS or service != "git-upload-pack":
            return web.Response(status=403, text="This server is for reading\n")
        async with self._places:
            return await _backend(request, folder, rest)

    def _located(self, path: str) -> tuple[Path, str] | None:
        for served, folder in self.repositories.items():
            for form in (f"{served}.git/", f"{served}/"):
                if path.startswith(form):
                    return folder, path.removeprefix(form)
        return None


async def _backend(request: web.Request, folder: Path, rest: str) -> web.StreamResponse:
    """One `git http-backend`, which ends with its request."""
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", env=_environment(request, folder, rest), stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    feeding = asyncio.create_task(_feed(request, process))
    try:
        return await _respond(request, process)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _environment(request: web.Request, folder: Path, rest: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder.name}/{rest}",
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "REMOTE_ADDR": request.remote or "",
        # The body arrives unpacked, and ends with its end: neither its length nor its encoding is said.
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }


async def _feed(request: web.Request, process: asyncio.subprocess.Process) -> None:
    writer = process.stdin
    assert writer is not None
    with suppress(ConnectionError):
        async for chunk in request.content.iter_chunked(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _respond(request: web.Request, process: asyncio.subprocess.Process) -> web.StreamResponse:
    reader = process.stdout
    assert reader is not None
    response = web.StreamResponse()
    while line := (await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            response.set_status(int(value.split()[0]))
        else:
            response.headers[name] = value.strip()
    await response.prepare(request)
    while chunk := await reader.read(_CHUNK):
        await response.write(chunk)
    await response.write_eof()
    return response
