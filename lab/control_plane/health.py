"""Whether the Kubernetes components of a machine are ready, as their own health endpoints say it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx

from lab.control_plane.disk import Disk
from lab.control_plane.kubernetes_programs import API_SERVER, COMPONENTS, CONTROLLER_MANAGER, SCHEDULER
from lab.control_plane.tls import kubernetes_client
from lab.control_plane.where import API_PORT, CONTROLLER_MANAGER_PORT, SCHEDULER_PORT
from lab.machine_config import MachineConfig

_ASK_S = 2.0
_SOON_S = 0.2
_LATER_S = 1.0


class Health:
    """Asks while `watch` runs; `ready` is what was last heard."""

    def __init__(self, config: MachineConfig, disk: Disk, changed: Callable[[], Awaitable[None]]) -> None:
        """changed: is awaited whenever the API server became ready, or ceased to be."""
        host = config.address
        self._urls = {
            API_SERVER: f"https://{host}:{API_PORT}/readyz",
            CONTROLLER_MANAGER: f"https://{host}:{CONTROLLER_MANAGER_PORT}/healthz",
            SCHEDULER: f"https://{host}:{SCHEDULER_PORT}/readyz",
        }
        self._disk, self._changed = disk, changed
        self._ready = dict.fromkeys(COMPONENTS, False)

    def ready(self, component: str) -> bool:
        return self._ready[component]

    async def until_ready(self, component: str) -> None:
        while not self._ready[component]:  # noqa: ASYNC110 - `watch` of another task hears it
            await asyncio.sleep(_SOON_S / 2)

    async def watch(self) -> None:
        """Ask for ever, less often once all is ready. When cancelled, nothing is ready."""
        try:
            async with kubernetes_client(self._disk, _ASK_S) as http:
                while True:
                    await self._look(http)
                    await asyncio.sleep(_LATER_S if all(self._ready.values()) else _SOON_S)
        finally:
            self._ready = dict.fromkeys(COMPONENTS, False)

    async def _look(self, http: httpx.AsyncClient) -> None:
        before = self._ready[API_SERVER]
        answers = await asyncio.gather(*(_answers(http, url) for url in self._urls.values()))
        self._ready = dict(zip(self._urls, answers, strict=True))
        if self._ready[API_SERVER] != before:
            await self._changed()


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    with suppress(httpx.HTTPError):
        return (await http.get(url)).status_code == httpx.codes.OK
    return False
