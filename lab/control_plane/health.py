"""Whether the Kubernetes components of a machine are ready, as their own health endpoints say it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import httpx

from lab.control_plane.disk import Disk
from lab.control_plane.kubernetes_programs import API_SERVER, COMPONENTS, CONTROLLER_MANAGER, SCHEDULER
from lab.control_plane.tls import kubernetes_client
from lab.control_plane.where import API_PORT, CONTROLLER_MANAGER_PORT, SCHEDULER_PORT
from lab.machine_config import MachineConfig

_ASK_S = 2.0
_SOON_S = 0.2
_LATER_S = 1.0
_PATIENCE_S = 5.0

READY, UNREADY, SILENT = "ready", "unready", "silent"


class Health:
    """Asks while `watch` runs; `ready` is what was last heard."""

    def __init__(self, config: MachineConfig, disk: Disk, changed: Callable[[], Awaitable[None]]) -> None:
        """changed: is awaited whenever `serving` changed."""
        host = config.address
        self._urls = {
            API_SERVER: f"https://{host}:{API_PORT}/readyz",
            CONTROLLER_MANAGER: f"https://{host}:{CONTROLLER_MANAGER_PORT}/healthz",
            SCHEDULER: f"https://{host}:{SCHEDULER_PORT}/readyz",
        }
        self._disk, self._changed = disk, changed
        self._heard = dict.fromkeys(COMPONENTS, SILENT)
        self._ready_at = -math.inf
        self._serving = False

    @property
    def serving(self) -> bool:
        """Whether clients are sent to this API server: from its first readiness until nobody listens there any more,
        or it has not been ready for some seconds. While etcd elects a leader none is ready, and none is left for it.
        """
        return self._serving

    def ready(self, component: str) -> bool:
        return self._heard[component] == READY

    async def until_ready(self, component: str) -> None:
        while not self.ready(component):  # noqa: ASYNC110 - `watch` of another task hears it
            await asyncio.sleep(_SOON_S / 2)

    async def watch(self) -> None:
        """Ask for ever, less often once all is ready. When cancelled, nothing is ready."""
        try:
            async with kubernetes_client(self._disk, _ASK_S) as http:
                while True:
                    await self._look(http)
                    await asyncio.sleep(_LATER_S if all(self.ready(name) for name in COMPONENTS) else _SOON_S)
        finally:
            self._heard, self._serving = dict.fromkeys(COMPONENTS, SILENT), False

    async def _look(self, http: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(_answer(http, url) for url in self._urls.values()))
        self._heard = dict(zip(self._urls, answers, strict=True))
        before, self._serving = self._serving, self._serves()
        if self._serving != before:
            await self._changed()

    def _serves(self) -> bool:
        now = time.monotonic()
        if self.ready(API_SERVER):
            self._ready_at = now
        return self._heard[API_SERVER] != SILENT and now - self._ready_at <= _PATIENCE_S


async def _answer(http: httpx.AsyncClient, url: str) -> str:
    try:
        return READY if (await http.get(url)).status_code == httpx.codes.OK else UNREADY
    except httpx.ConnectError:
        return SILENT
    except httpx.HTTPError:
        return UNREADY
