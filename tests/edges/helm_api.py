"""A Kubernetes API on loopback for tests: etcd and kube-apiserver, nothing behind them."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from edges.child import _die_with
from tests.edges.tools import program

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Api:
    """kubeconfig: of a cluster administrator. token: what in it is secret."""

    url: str
    token: str
    certificate: Path
    kubeconfig: str

    def get(self, path: str) -> Any:
        """The JSON at a path; None where nothing is."""
        return self._ask(path, None, "GET")

    def create(self, path: str, manifest: dict[str, Any]) -> Any:
        return self._ask(path, manifest, "POST")

    def delete(self, path: str) -> None:
        self._ask(path, None, "DELETE")

    def _ask(self, path: str, body: dict[str, Any] | None, method: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        trust = ssl.create_default_context(cafile=str(self.certificate))
        try:
            with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise


@contextmanager
def api_server(folder: Path) -> Iterator[Api]:
    """One that answers, with the namespaces that every cluster has."""
    token, port, etcd_port, peer_port = secrets.token_hex(20), _free_port(), _free_port(), _free_port()
    (folder / "tokens.csv").write_text(f'{token},admin,1,"system:masters"\n')
    (folder / "sa.key").write_bytes(_key())
    etcd_url = f"http://{ADDRESS}:{etcd_port}"
    peer_url = f"http://{ADDRESS}:{peer_port}"
    certificate = folder / "certs" / "apiserver.crt"
    etcd = (
        program("etcd"), "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--log-level", "error",
        "--listen-client-urls", etcd_url, "--advertise-client-urls", etcd_url,
        "--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url,
        "--initial-cluster", f"default={peer_url}",
    )  # fmt: skip
    server = (
        program("kube-apiserver"), "--etcd-servers", etcd_url, "--bind-address", ADDRESS, "--secure-port", str(port),
        "--cert-dir", str(certificate.parent), "--service-cluster-ip-range", "10.43.0.0/24",
        "--service-account-issuer", "https://test", "--service-account-key-file", str(folder / "sa.key"),
        "--service-account-signing-key-file", str(folder / "sa.key"), "--token-auth-file", str(folder / "tokens.csv"),
        "--authorization-mode", "RBAC", "--endpoint-reconciler-type", "none",
        "--disable-admission-plugins", "ServiceAccount",
    )  # fmt: skip
    url = f"https://{ADDRESS}:{port}"
    with _running(etcd, folder / "etcd.log"), _running(server, folder / "api.log"):
        _until_ready(url, token, certificate, folder / "api.log")
        yield Api(url, token, certificate, _kubeconfig(url, token, certificate))


def _key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _kubeconfig(url: str, token: str, certificate: Path) -> str:
    authority = base64.b64encode(certificate.read_bytes()).decode()
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority-data": authority}}],
            "users": [{"name": "test", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
    )


def _until_ready(url: str, token: str, certificate: Path, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError):
            trust = ssl.create_default_context(cafile=str(certificate))
            request = urllib.request.Request(f"{url}/readyz", headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request, context=trust, timeout=5):
                return
        time.sleep(0.2)
    raise AssertionError(f"the API server is not ready: {log.read_text()[-2000:]}")


@contextmanager
def _running(argv: tuple[str, ...], log: Path) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            argv,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - it ends also when the tests are killed
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
