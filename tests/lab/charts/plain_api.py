"""A bare API server on loopback: etcd, kube-apiserver, and a kubectl that may do all. No controller runs beside it."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.lab.services.tools import program

_READY_S = 60.0


@dataclass(frozen=True, slots=True)
class PlainApi:
    """kubeconfig: of an administrator."""

    kubeconfig: Path

    def kubectl(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        argv = (str(program("kubectl")), "--kubeconfig", str(self.kubeconfig), *arguments)
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def plain_api(folder: Path) -> Iterator[PlainApi]:
    """An API server that answers, until the block ends."""
    client, peer, secure = _free_ports(3)
    etcd = f"http://127.0.0.1:{client}"
    keys, token = _service_account_keys(folder), secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
    api = PlainApi(_kubeconfig(folder, secure, token))
    with ExitStack() as running:
        running.enter_context(
            _process(
                folder, "etcd", f"--data-dir={folder}/etcd", f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}", f"--listen-peer-urls=http://127.0.0.1:{peer}", "--unsafe-no-fsync",
            )
        )  # fmt: skip
        running.enter_context(
            _process(
                folder, "kube-apiserver", f"--etcd-servers={etcd}", "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", f"--secure-port={secure}",
                f"--cert-dir={folder}/api", f"--token-auth-file={folder}/tokens.csv",
                "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={keys}",
                f"--service-account-signing-key-file={keys}", "--service-cluster-ip-range=10.43.0.0/16",
                "--authorization-mode=RBAC", "--allow-privileged",
            )
        )  # fmt: skip
        _until_ready(api, folder)
        yield api


def _until_ready(api: PlainApi, folder: Path) -> None:
    end = time.monotonic() + _READY_S
    while api.kubectl("get", "--raw", "/readyz").returncode != 0:
        assert time.monotonic() < end, (folder / "kube-apiserver.log").read_text()[-2000:]
        time.sleep(0.2)


@contextmanager
def _process(folder: Path, name: str, *arguments: str) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([str(program(name)), *arguments], stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _service_account_keys(folder: Path) -> Path:
    file = folder / "sa.key"
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.TraditionalOpenSSL
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return file


def _kubeconfig(folder: Path, port: int, token: str) -> Path:
    file = folder / "kubeconfig"
    cluster = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    file.write_text(yaml.safe_dump(content))
    return file
