"""Pods that are real processes: with the pod's own credentials, ready while they answer, restarted as pods are."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx

from lab.contents import pod as statuses
from lab.contents import relay
from lab.contents.api import Api, ApiError, Object
from lab.contents.pod_files import write_files, write_secret
from lab.contents.workloads import WORKLOADS, Workload
from lab.contents.world import World, is_true, owner
from lab.program import Program, Programs

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_STEADY_S = 30.0
_SETTLED_S = 0.5


def workload_of(pod: Object) -> Workload | None:
    """What the pod is run as; None for pods that only seem to run."""
    namespace, kind, name = owner(pod)
    return WORKLOADS.get((namespace, name)) if kind == "Deployment" else None


class Processes:
    """One task per pod, from the moment that its images are there until it is deleted or its machine goes off.

    folder: for the files of pods. env: of all processes.
    """

    def __init__(
        self,
        world: World,
        api: Api,
        programs: Programs,
        program: Callable[[str], Path],
        material: Callable[[str], Path],
        kubeconfig: Callable[[], Awaitable[Path]],
        folder: Path,
        env: dict[str, str],
    ) -> None:
        self._world = world
        self._api = api
        self._programs = programs
        self._program = program
        self._material = material
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._env = env
        self._tending: dict[str, asyncio.Task[None]] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._ports = itertools.cycle(range(20_000, 32_000))
        self._client = httpx.AsyncClient(timeout=2, trust_env=False)

    async def step(self) -> float | None:
        wanted = {pod["metadata"]["uid"]: pod for pod in self._world.pods if self._wanted(pod)}
        for uid in [uid for uid in self._tending if uid not in wanted]:
            self._end(uid)
        for uid, pod in wanted.items():
            if uid not in self._tending:
                self._tending[uid] = asyncio.create_task(self._tend(pod, self._ending.get(uid)))
        return None

    def _end(self, uid: str) -> None:
        task = self._ending[uid] = self._tending.pop(uid)
        task.cancel()
        task.add_done_callback(lambda _: self._ending.pop(uid, None))

    async def close(self) -> None:
        for uid in list(self._tending):
            self._end(uid)
        await asyncio.gather(*self._ending.values(), return_exceptions=True)
        await self._client.aclose()

    def _wanted(self, pod: Object) -> bool:
        machine = self._world.machines.get(pod["spec"].get("nodeName", ""))
        on = machine is not None and machine.on and pod["metadata"]["uid"] not in machine.restarting
        return on and statuses.state(pod) == statuses.PROCESS and "deletionTimestamp" not in pod["metadata"]

    async def _tend(self, pod: Object, before: asyncio.Task[None] | None) -> None:
        if before is not None:  # its machine came back while the process of before still ends
            await asyncio.wait([before])
        workload = workload_of(pod)
        assert workload is not None, "a pod of a workload that is in the table"
        name = f"{pod['metadata']['namespace']}.{pod['metadata']['name']}"
        tries = 0
        try:
            while True:
                begun = time.monotonic()
                why = await self._live(name, pod, workload)
                tries = 0 if time.monotonic() - begun > _STEADY_S else tries + 1
                pod = self._newest(pod)
                await self._say(pod, statuses.crashed(pod, statuses.restarts(pod) + (workload.program != ""), why))
                await asyncio.sleep(_PAUSES_S[min(tries, len(_PAUSES_S)) - 1])
        finally:
            await self._programs.stop(name)

    async def _live(self, name: str, pod: Object, workload: Workload) -> str:
        """One life of the process: returns why it ended."""
        relays: list[relay.Relay] = []
        try:
            places = await self._places(name, pod, workload)
            for port, target in workload.leads.items():
                relays.append(await _lead((places["ip"], port), target.format_map(places)))
            if workload.program:
                await self._programs.start(self._described(name, pod, workload, places))
            await self._watch(name, pod, workload, places)
        except (ApiError, ConnectionError) as error:
            return f"its files cannot be made: {error}"
        except OSError as error:
            return f"its port cannot be listened at: {error.strerror}"
        finally:
            for one in relays:
                one.close()
        return "back-off restarting failed container"

    async def _places(self, name: str, pod: Object, workload: Workload) -> dict[str, str]:
        folder = self._folder / name
        places = {
            "ip": pod["status"]["podIP"],
            "namespace": pod["metadata"]["namespace"],
            "port": str(next(self._ports)),
            "second_port": str(next(self._ports)),
        }
        if workload.material:
            places["material"] = str(self._material(workload.material))
        if workload.program:
            places |= await write_files(self._api, folder, pod, workload, (await self._kubeconfig()).read_text())
        return places

    def _described(self, name: str, pod: Object, workload: Workload, places: dict[str, str]) -> Program:
        given = [flag for spec in pod["spec"]["containers"] for flag in spec.get("args", [])]
        passed = [flag for flag in given if flag.partition("=")[0] in workload.passed]
        argv = (*(part.format_map(places) for part in workload.argv), *passed)
        own = {key: value.format_map(places) for key, value in workload.env.items()}
        env = {**self._env, "KUBECONFIG": places["kubeconfig"], "HOME": places["data"], **own}
        return Program(name, (str(self._program(workload.program)), *argv), env, Path(places["data"]), restart=False)

    async def _watch(self, name: str, pod: Object, workload: Workload, places: dict[str, str]) -> None:
        begun = time.monotonic()
        while not workload.program or self._programs.running(name):
            ready = await self._answers(workload.health.format_map(places), begun)
            now = self._newest(pod)
            status = now["status"]
            runs = all("running" in item.get("state", {}) for item in status.get("containerStatuses", [{}]))
            if is_true(now, "Ready") != ready or not runs:
                await self._say(now, statuses.running(now, ready, statuses.restarts(now)))
            if workload.secret and not ready:  # it may have got its values only now
                await self._refresh(self._folder / name, pod, workload.secret)
            await asyncio.sleep(1.0 if ready else 0.1)

    async def _refresh(self, folder: Path, pod: Object, secret: str) -> None:
        with suppress(ApiError, ConnectionError):
            await write_secret(self._api, folder, pod, secret)

    async def _answers(self, url: str, begun: float) -> bool:
        if not url:
            return time.monotonic() - begun > _SETTLED_S
        try:
            return (await self._client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False

    def _newest(self, pod: Object) -> Object:
        metadata = pod["metadata"]
        found = self._world.pods.get(metadata["name"], metadata["namespace"])
        return found if found and found["metadata"]["uid"] == metadata["uid"] else pod

    async def _say(self, pod: Object, status: Object) -> None:
        try:
            await self._world.patch_pod_status(pod, status)
        except (ApiError, ConnectionError):
            return  # the process does not end because the API does; the next look says it again


async def _lead(listen: relay.Address, target: str) -> relay.Relay:
    host, _, port = target.partition(":")
    return await relay.tcp(listen, lambda: [(host, int(port))])
