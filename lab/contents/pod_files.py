"""What a pod's process finds: its service account's kubeconfig, its configuration and its secrets, as files."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import yaml

from lab.contents.api import Api, Object, server_and_ca
from lab.contents.corefile import corefile
from lab.contents.workloads import Workload

_TOKEN_S = 86_400


async def write_files(api: Api, folder: Path, pod: Object, workload: Workload, admin: str) -> dict[str, str]:
    """Write them, and return what stands for their places in the workload's table.

    admin: the text of a kubeconfig that names the API. Raises ApiError while the service account, ConfigMap or
    Secret is not there.
    """
    for name in (folder, folder / "data"):
        name.mkdir(mode=0o700, parents=True, exist_ok=True)
    kubeconfig = await _kubeconfig(api, folder, pod, admin)
    places = {"kubeconfig": str(kubeconfig), "data": str(folder / "data")}
    if workload.corefile:
        config = await _object(api, pod, "configmaps", workload.corefile)
        text = corefile(config["data"]["Corefile"], pod["status"]["podIP"], kubeconfig)
        places["config"] = str(_private(folder / "Corefile", text.encode()))
    if workload.secret:
        places["secret"] = str(await write_secret(api, folder, pod, workload.secret))
    return places


async def write_secret(api: Api, folder: Path, pod: Object, name: str) -> Path:
    """A Secret's values as files in a folder, as they are now."""
    secret = await _object(api, pod, "secrets", name)
    (folder / "secret").mkdir(mode=0o700, exist_ok=True)
    for key, value in secret.get("data", {}).items():
        _private(folder / "secret" / key, base64.b64decode(value))
    return folder / "secret"


async def _object(api: Api, pod: Object, plural: str, name: str) -> Object:
    return await api.get(f"/api/v1/namespaces/{pod['metadata']['namespace']}/{plural}/{name}")


async def _kubeconfig(api: Api, folder: Path, pod: Object, admin: str) -> Path:
    server, ca = server_and_ca(admin)
    token = _private(folder / "token", (await _token(api, pod)).encode())
    authority = base64.b64encode(ca.encode()).decode()
    text = yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": {"server": server, "certificate-authority-data": authority}}],
            "users": [{"name": "pod", "user": {"tokenFile": str(token)}}],
            "contexts": [
                {
                    "name": "lab",
                    "context": {"cluster": "lab", "user": "pod", "namespace": pod["metadata"]["namespace"]},
                }
            ],
        }
    )
    return _private(folder / "kubeconfig", text.encode())


async def _token(api: Api, pod: Object) -> str:
    metadata = pod["metadata"]
    account = pod["spec"].get("serviceAccountName", "default")
    bound = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": metadata["uid"]}
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": _TOKEN_S, "boundObjectRef": bound, "audiences": []},
    }
    path = f"/api/v1/namespaces/{metadata['namespace']}/serviceaccounts/{account}/token"
    return str((await api.create(path, request))["status"]["token"])


def _private(path: Path, content: bytes) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return path
