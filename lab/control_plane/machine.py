"""One control plane machine that is switched on: its etcd, then its API server, then what works through that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path

from lab.control_plane import etcd_program
from lab.control_plane.disk import Disk
from lab.control_plane.etcd_gateway import EtcdGateway
from lab.control_plane.files import files
from lab.control_plane.health import Health
from lab.control_plane.kubernetes_programs import (
    API_SERVER,
    COMPONENTS,
    CONTROLLER_MANAGER,
    SCHEDULER,
    component_program,
    name_of,
)
from lab.control_plane.where import etcd_url, peer_url
from lab.machine_config import MachineConfig
from lab.ports import StaticPod
from lab.program import Programs

_PAUSE_S = 0.2
_LOG = logging.getLogger(__name__)


class Machine:
    """From `on` to `off`. Its work goes on in tasks of its own."""

    def __init__(
        self,
        config: MachineConfig,
        disk: Disk,
        programs: Programs,
        program: Callable[[str], Path],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """Writes its files. Raises ValueError for a config that is no control plane's."""
        self.config, self.disk = config, disk
        self._programs, self._program = programs, program
        disk.write(files(config))
        self.etcd = EtcdGateway(etcd_url(config), disk)
        self._health = Health(config, disk, changed)
        self._tasks: list[asyncio.Task[None]] = []
        self._api_stopped = False

    @property
    def name(self) -> str:
        return self.config.hostname

    @property
    def serving(self) -> bool:
        """Whether clients of the cluster's API are sent here."""
        return self._health.serving

    def static_pods(self) -> tuple[StaticPod, ...]:
        """Those whose process was started, as on a real machine none is known before."""
        return tuple(
            StaticPod(component, self._health.ready(component))
            for component in COMPONENTS
            if self._health.ready(component) or self._programs.running(name_of(self.name, component))
        )

    def go_on(self, life: Coroutine[None, None, None]) -> None:
        """What this machine does from now on."""
        task = asyncio.create_task(life)
        task.add_done_callback(self._tell)
        self._tasks.append(task)

    async def idle(self) -> None:
        """Nothing that it does by itself goes on; its processes stay."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def off(self) -> None:
        """Its processes end; returns when they have."""
        await self.idle()
        await asyncio.gather(*(self._stop(component) for component in COMPONENTS))
        # last: with no client left it ends at once, and hands its leadership over
        await self.stop_etcd()
        await self.etcd.aclose()

    async def crash(self) -> None:
        """Its processes are killed; returns when they are gone."""
        await self.idle()
        names = [*(name_of(self.name, component) for component in COMPONENTS), etcd_program.name_of(self.name)]
        await asyncio.gather(*(self._lose(name) for name in names))
        await self.etcd.aclose()

    async def _lose(self, name: str) -> None:
        await self._programs.kill(name)
        await self._programs.stop(name)  # or it would come back by itself

    def towards(self, other: Machine) -> EtcdGateway:
        """Another machine's etcd, asked with this one's certificates: with a foreign CA, it refuses."""
        return EtcdGateway(etcd_url(other.config), self.disk)

    async def start_etcd(self, state: str, members: Mapping[str, str] | None = None) -> None:
        """members: of the initial cluster; this one alone if not given."""
        self.disk.etcd.mkdir(mode=0o700, parents=True, exist_ok=True)
        alone = {self.name: peer_url(self.config)}
        binary = self._program("etcd")
        await self._programs.start(etcd_program.etcd(binary, self.config, self.disk, state, members or alone))

    async def empty_etcd(self) -> None:
        """Whatever an etcd that could not start has left."""
        await self.stop_etcd()
        self.disk.wipe_etcd()

    async def stop_etcd(self) -> None:
        await self._programs.stop(etcd_program.name_of(self.name))

    async def start_kubernetes(self) -> None:
        """Once its etcd serves. The two that ask the API server all the time wait until it can answer."""
        while not await self.etcd.healthy():  # noqa: ASYNC110 - another process becomes it
            await asyncio.sleep(_PAUSE_S)
        if not self._api_stopped:
            await self._start(API_SERVER)
        self.go_on(self._health.watch())
        await self._health.until_ready(API_SERVER)
        await asyncio.gather(self._start(CONTROLLER_MANAGER), self._start(SCHEDULER))

    async def start_api_server(self) -> None:
        self._api_stopped = False
        await self._start(API_SERVER)

    async def stop_api_server(self) -> None:
        self._api_stopped = True
        await self._stop(API_SERVER)

    async def kill_api_server(self) -> None:
        await self._programs.kill(name_of(self.name, API_SERVER))

    async def kill_etcd(self) -> None:
        await self._programs.kill(etcd_program.name_of(self.name))

    def _tell(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            _LOG.error("the control plane of %s goes no further: %s", self.name, error)

    async def _stop(self, component: str) -> None:
        await self._programs.stop(name_of(self.name, component))

    async def _start(self, component: str) -> None:
        await self._programs.start(component_program(component, self._program, self.config, self.disk))
