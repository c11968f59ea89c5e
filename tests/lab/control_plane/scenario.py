"""A scenario: what happens inside a private internet, as a child process that prints the facts it saw as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lab.control_plane import RealControlPlanes
from lab.namespace import own_processes, private_internet
from lab.place import LabPlace
from lab.program import until_ready
from lab.toolbox.key import user_cache
from tests.lab.control_plane.binaries import program
from tests.lab.control_plane.child_programs import ChildPrograms
from tests.lab.control_plane.configs import ENDPOINT, RANGES, VIP

_LONG_S = 90.0
_ROOT = Path(__file__).parents[3]


class Facts(dict[str, Any]):
    """Name -> what was seen."""

    @asynccontextmanager
    async def timed(self, what: str) -> AsyncIterator[None]:
        """Seconds, for people who look: on standard error, never asserted."""
        begun = time.monotonic()
        yield
        print(f"{what}: {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)


class Lines:
    """The lines of a process."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def until(self, word: str) -> bool:
        """Whether `word` came before the end."""
        while line := await self._reader.readline():
            if word in line.decode():
                return True
        return False

    async def ended(self) -> bool:
        while await self._reader.readline():
            pass
        return True


class Scene:
    """The control planes of one scenario, and its operator's hands."""

    def __init__(self, place: LabPlace, planes: RealControlPlanes, programs: ChildPrograms) -> None:
        self.place, self.planes, self.programs = place, planes, programs

    async def until(self, what: str, true: Callable[[], Awaitable[bool]]) -> None:
        await until_ready(what, true, _LONG_S)

    async def answers(self, host: str, port: int) -> bool:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        return True

    async def kubectl(self, *words: str, node: str = "k8s-1") -> str:
        """By the kubeconfig that a machine gives, so through the VIP. Raises RuntimeError with kubectl's words."""
        kubeconfig = self.place.folder / "kubeconfig"
        kubeconfig.write_text(self.planes.kubeconfig(node))
        process = await asyncio.create_subprocess_exec(
            str(program("kubectl")), f"--kubeconfig={kubeconfig}", "--request-timeout=20s", *words,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, complaint = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(complaint.decode())
        return said.decode().strip()

    @asynccontextmanager
    async def watching(self, kind: str) -> AsyncIterator[Lines]:
        """What `kubectl get --watch` says, through the VIP."""
        process = await asyncio.create_subprocess_exec(
            str(program("kubectl")), f"--kubeconfig={self.place.folder / 'kubeconfig'}", "get", kind, "--watch", "-o",
            "name", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            yield Lines(process.stdout)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def api_gone(self, node: str) -> bool:
        return not any(pod.ready for pod in self.planes.static_pods(node) if pod.name == "kube-apiserver")

    async def until_api_ready(self, node: str) -> None:
        async def ready() -> bool:
            pods = {pod.name: pod.ready for pod in self.planes.static_pods(node)}
            return pods.get("kube-apiserver", False) and await self.answers(VIP, 6443)

        await self.until(f"API server of {node}", ready)

    async def all_ready(self, *nodes: str) -> bool:
        pods = [self.planes.static_pods(node) for node in nodes]
        return all(len(of_one) == 3 and all(pod.ready for pod in of_one) for of_one in pods)

    async def not_healthy(self, node: str) -> bool:
        return not await self.planes.etcd_healthy(node)


async def run(act: Callable[[Scene, Facts], Awaitable[None]], folder: Path) -> None:
    """The child's whole work."""
    facts = Facts()
    place = LabPlace(folder)
    programs = ChildPrograms(place.logs)
    async with RealControlPlanes(place, programs, program) as planes:
        await act(Scene(place, planes, programs), facts)
    print(json.dumps(facts))


def facts_of(module: str, folder: Path, limit_s: float) -> dict[str, Any]:
    """Run the module `module` of this folder in a private internet of its own, and return what it saw."""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{VIP} {ENDPOINT}\n")
    inner = own_processes((sys.executable, "-m", f"tests.lab.control_plane.{module}", str(folder)))
    ran = subprocess.run(
        private_internet(inner, RANGES, hosts),
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        cwd=_ROOT,
        env={**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": _cache(), "PYTHONPATH": str(_ROOT)},
    )
    sys.stderr.write(ran.stderr)
    assert ran.returncode == 0, ran.stderr[-4000:]
    facts: dict[str, Any] = json.loads(ran.stdout)
    return facts


def _cache() -> str:
    """Where the tools are found with another HOME too."""
    return str(user_cache().parents[1])
