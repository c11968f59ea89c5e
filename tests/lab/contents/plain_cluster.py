"""A plain control plane for tests of what lives in a cluster: one etcd, API server, controller manager and scheduler.

Runs inside a private internet, at production's addresses, and needs no machine. Programs are run by a small runner of
its own.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from lab.program import Program, until_ready
from lab.toolbox.toolbox import Toolbox

API = "https://10.11.0.10:6443"
_NODE = "10.11.0.11"


@dataclass(slots=True)
class PlainPrograms:
    """lab.program.Programs, as small as it can be: restarts are tried each second."""

    folder: Path
    _kept: dict[str, tuple[Program, asyncio.subprocess.Process]] = field(default_factory=dict)
    _watchers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def start(self, program: Program) -> None:
        await self.stop(program.name)
        await self._spawn(program)
        if program.restart:
            self._watchers[program.name] = asyncio.create_task(self._again(program))

    async def stop(self, name: str) -> None:
        watcher = self._watchers.pop(name, None)
        if watcher:
            watcher.cancel()
        kept = self._kept.pop(name, None)
        if kept and kept[1].returncode is None:
            kept[1].terminate()
            try:
                await asyncio.wait_for(kept[1].wait(), 3)
            except TimeoutError:
                kept[1].kill()

    async def kill(self, name: str) -> None:
        self._kept[name][1].kill()

    def running(self, name: str) -> bool:
        return name in self._kept and self._kept[name][1].returncode is None

    def names(self) -> list[str]:
        return sorted(name for name in self._kept if self.running(name))

    async def end(self) -> None:
        await asyncio.gather(*(self.stop(name) for name in list(self._kept)))

    async def _spawn(self, program: Program) -> None:
        with (self.folder / f"{program.name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *program.argv, env={**os.environ, **program.env}, cwd=program.cwd, stdout=log, stderr=log
            )
        self._kept[program.name] = (program, process)

    async def _again(self, program: Program) -> None:
        while True:
            await self._kept[program.name][1].wait()
            await asyncio.sleep(1)
            await self._spawn(program)


@dataclass(frozen=True, slots=True)
class PlainCluster:
    """kubeconfig: of an administrator. programs: what runs it."""

    folder: Path
    kubeconfig: Path
    programs: PlainPrograms


@asynccontextmanager
async def plain_cluster(folder: Path, tools: Toolbox) -> AsyncIterator[PlainCluster]:
    """A control plane that answers at the VIP, its programs from `tools`."""
    _certificates(folder)
    kubeconfig = _kubeconfig(folder)
    programs = PlainPrograms(folder)
    try:
        for program in _control_plane(folder, tools, kubeconfig):
            await programs.start(program)
        await until_ready("the API", lambda: _serves(folder), 60)
        yield PlainCluster(folder, kubeconfig, programs)
    finally:
        await programs.end()


def _control_plane(folder: Path, tools: Toolbox, kubeconfig: Path) -> list[Program]:
    etcd = f"http://{_NODE}:2379"
    peers = f"http://{_NODE}:2380"
    urls = (f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}", f"--listen-peer-urls={peers}")
    first = (f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}")
    keys = {name: str(folder / name) for name in ("ca.crt", "ca.key", "sa.key", "sa.pub", "api.crt", "api.key")}
    return [
        Program("etcd", (str(tools.program("etcd")), f"--data-dir={folder}/etcd", *urls, *first, "--unsafe-no-fsync")),
        Program(
            "kube-apiserver",
            (
                str(tools.program("kube-apiserver")),
                f"--etcd-servers={etcd}",
                "--bind-address=0.0.0.0",
                f"--advertise-address={_NODE}",
                "--secure-port=6443",
                f"--tls-cert-file={keys['api.crt']}",
                f"--tls-private-key-file={keys['api.key']}",
                f"--client-ca-file={keys['ca.crt']}",
                f"--service-account-key-file={keys['sa.pub']}",
                f"--service-account-signing-key-file={keys['sa.key']}",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-cluster-ip-range=10.43.0.0/16",
                "--authorization-mode=Node,RBAC",
                "--enable-aggregator-routing",
                "--allow-privileged",
            ),
        ),
        Program(
            "kube-controller-manager",
            (
                str(tools.program("kube-controller-manager")),
                f"--kubeconfig={kubeconfig}",
                f"--service-account-private-key-file={keys['sa.key']}",
                f"--root-ca-file={keys['ca.crt']}",
                "--leader-elect=false",
                "--use-service-account-credentials",
                "--allocate-node-cidrs",
                "--cluster-cidr=10.42.0.0/16",
            ),
        ),
        Program(
            "kube-scheduler",
            (str(tools.program("kube-scheduler")), f"--kubeconfig={kubeconfig}", "--leader-elect=false"),
        ),
    ]


async def _serves(folder: Path) -> bool:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        try:
            return (await client.get(f"{API}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False


def _kubeconfig(folder: Path) -> Path:
    cluster = {"server": API, "certificate-authority": str(folder / "ca.crt")}
    user = {"client-certificate": str(folder / "admin.crt"), "client-key": str(folder / "admin.key")}
    path = folder / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "main",
                "clusters": [{"name": "main", "cluster": cluster}],
                "users": [{"name": "admin", "user": user}],
                "contexts": [{"name": "main", "context": {"cluster": "main", "user": "admin"}}],
            }
        )
    )
    return path


def _certificates(folder: Path) -> None:
    _openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt "
        "-subj /CN=kubernetes -days 3",
    )
    _leaf(folder, "api", "/CN=kube-apiserver", "IP:10.11.0.10,IP:10.11.0.11,IP:10.43.0.1")
    _leaf(folder, "admin", "/O=system:masters/CN=admin", "DNS:admin")
    _openssl(folder, "genrsa -out sa.key 2048")
    _openssl(folder, "rsa -in sa.key -pubout -out sa.pub")


def _leaf(folder: Path, name: str, subject: str, names: str) -> None:
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    _openssl(folder, f"req {key} -keyout {name}.key -out {name}.csr -subj {subject}")
    (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
    _openssl(
        folder,
        f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -days 3 "
        f"-extfile {name}.ext",
    )


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True, timeout=30)
