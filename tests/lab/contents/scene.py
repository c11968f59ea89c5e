"""A scenario's hands and eyes in the plain cluster."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inventory.load import load_cluster
from lab.contents.api import Api
from lab.contents.contents import Contents
from lab.place import LabPlace
from lab.ports import StaticPod
from lab.program import until_ready
from lab.toolbox.toolbox import Toolbox
from tests.lab.contents.objects import config, workload
from tests.lab.contents.plain_cluster import PlainCluster, plain_cluster

PATHS = {
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "Service": "/api/v1/namespaces/{}/services",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "CiliumNode": "/apis/cilium.io/v2/ciliumnodes",
}


@dataclass(slots=True)
class Scene:
    """seen: what the scenario found, by name: the tests read it. facts: what the contents told. static: the static pods
    of control planes.
    """

    cluster: PlainCluster
    contents: Contents
    api: Api
    facts: list[tuple[str, float]] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    static: dict[str, tuple[StaticPod, ...]] = field(default_factory=dict)

    async def create(self, obj: dict[str, Any], namespace: str = "default") -> dict[str, Any]:
        return await self.api.create(PATHS[obj["kind"]].format(namespace), obj)

    async def get(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any]:
        return await self.api.get(f"{PATHS[kind].format(namespace)}/{name}")

    async def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        await self.api.delete(f"{PATHS[kind].format(namespace)}/{name}")

    async def pods(self, app: str, namespace: str = "default") -> list[dict[str, Any]]:
        answer = await self.api.get(PATHS["Pod"].format(namespace), labelSelector=f"app={app}")
        items: list[dict[str, Any]] = answer["items"]
        return items

    async def ready(self, kind: str, name: str, namespace: str = "default") -> bool:
        """Whether all replicas of a workload are ready."""
        status = (await self.get(kind, name, namespace)).get("status", {})
        if kind == "DaemonSet":
            wanted: int = status.get("desiredNumberScheduled", 0)
            return bool(0 < wanted == status.get("numberReady", 0))
        return bool(status.get("replicas")) and status.get("replicas") == status.get("readyReplicas", 0)

    async def until(self, what: str, check: Callable[[], Awaitable[bool]], timeout_s: float = 40) -> None:
        await until_ready(what, check, timeout_s)

    async def until_workload(self, kind: str, name: str, namespace: str = "default", timeout_s: float = 40) -> None:
        await self.until(f"{kind} {name}", lambda: self.ready(kind, name, namespace), timeout_s)

    async def until_nodes(self, *names: str) -> None:
        async def check() -> bool:
            return all(self.contents.ready(name) for name in names)

        await self.until(f"nodes {names}", check)


@asynccontextmanager
async def scene(folder: Path, tools: Toolbox) -> AsyncIterator[Scene]:
    """The plain cluster with the lab's contents, and no machine yet."""
    place = LabPlace(folder / "lab")
    place.folder.mkdir(mode=0o700)
    facts: list[tuple[str, float]] = []
    hosts: dict[str, str] = {}
    static: dict[str, tuple[StaticPod, ...]] = {}
    async with plain_cluster(folder, tools) as cluster:

        async def kubeconfig() -> Path:
            return cluster.kubeconfig

        contents = Contents(
            place,
            cluster.programs,
            tools.program,
            load_cluster("main", Path.cwd()),
            kubeconfig,
            material=tools.material,
            web_ca=folder / "ca.crt",
            name_host=hosts.__setitem__,
            tell=lambda fact, at: facts.append((fact, at)),
            pull_s=0.2,
            unreachable_after_s=2.0,
            static_pods=lambda name: static.get(name, ()),
        )
        api = Api(kubeconfig)
        await contents.start()
        try:
            yield Scene(cluster, contents, api, facts, hosts=hosts, static=static)
        finally:
            await contents.close()
            await api.close()


async def with_network(stage: Scene, *machines: int) -> None:
    """Boot these machines as workers, and bring a stand-in of Cilium that makes them Ready."""
    for number in machines:
        await stage.contents.boot(config(number, control_plane=False))
    await stage.create(workload("DaemonSet", "cilium", "cilium:1", hostNetwork=True), "kube-system")
    await stage.create(workload("Deployment", "cilium-operator", "operator:1", hostNetwork=True), "kube-system")
    await stage.until_nodes(*(f"k8s-{number}" for number in machines))


async def apply_crds(folder: Path, tools: Toolbox, tool: str, where: str) -> None:
    """The CRDs that a tool's own sources bring."""
    # in a chart's pieces, labels are the chart's to fill in
    texts = [
        "\n".join(line for line in file.read_text().splitlines() if "{{" not in line)
        for file in sorted((tools.material(tool) / where).glob("*.yaml"))
        if file.name != "kustomization.yaml"
    ]
    kubectl = [str(tools.program("kubectl")), f"--kubeconfig={folder}/kubeconfig"]
    argv = [*kubectl, "apply", "--server-side", "--filename=-"]
    done = await asyncio.to_thread(
        subprocess.run, argv, input="\n---\n".join(texts), text=True, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def run(scenario: Callable[[Path, Toolbox], Coroutine[Any, Any, dict[str, Any]]]) -> None:
    """The scenario as a program: `FOLDER TOOLBOX`; what it saw goes to FOLDER/seen.json."""
    folder, tools = Path(sys.argv[1]), Toolbox(Path(sys.argv[2]))
    seen = asyncio.run(scenario(folder, tools))
    (folder / "seen.json").write_text(json.dumps(seen))
