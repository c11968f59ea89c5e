"""Scenario: machines boot, Nodes wait for the network, pods follow, volumes bind, a machine goes off and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.ports import StaticPod
from lab.toolbox.toolbox import Toolbox
from tests.lab.contents.objects import claim, config, job, service, storage_class, workload
from tests.lab.contents.scene import Scene, run, scene


async def scenario(folder: Path, tools: Toolbox) -> dict[str, Any]:
    async with scene(folder, tools) as stage:
        await without_network(stage)
        await network(stage)
        await static_pods(stage)
        await pods(stage)
        await volumes(stage)
        await machine_off(stage)
        await pulls(stage)
        stage.seen["facts"] = stage.facts
        return stage.seen


async def without_network(stage: Scene) -> None:
    stage.seen["registered before boot"] = stage.contents.registered("k8s-1")
    for number in (1, 4, 5):
        await stage.contents.boot(config(number, control_plane=number == 1))

    async def registered() -> bool:
        return all(stage.contents.registered(f"k8s-{number}") for number in (1, 4, 5))

    await stage.until("all Nodes", registered)
    await stage.create(workload("Deployment", "web", "web:1", replicas=3))

    async def waiting() -> bool:
        found = await stage.pods("web")
        return len(found) == 3 and all("containerStatuses" in pod["status"] for pod in found)

    await stage.until("the pods have a node", waiting)
    stage.seen["first nodes"] = [await stage.get("Node", f"k8s-{number}") for number in (1, 4, 5)]
    stage.seen["web without network"] = await stage.pods("web")


async def network(stage: Scene) -> None:
    node = await stage.get("Node", "k8s-4")
    taint = {"key": "node.cilium.io/agent-not-ready", "effect": "NoExecute"}
    taints = [*node["spec"].get("taints", []), taint]
    await stage.api.patch("/api/v1/nodes/k8s-4", {"spec": {"taints": taints}}, strategic=False)
    await stage.create(workload("DaemonSet", "cilium", "cilium:1", hostNetwork=True), "kube-system")
    await stage.create(workload("Deployment", "cilium-operator", "operator:1", hostNetwork=True), "kube-system")
    await stage.until_nodes("k8s-1", "k8s-4", "k8s-5")
    await stage.until_workload("DaemonSet", "cilium", "kube-system")

    async def agents() -> bool:
        try:
            names = [
                item["metadata"]["name"] for item in (await stage.api.get("/apis/cilium.io/v2/ciliumnodes"))["items"]
            ]
        except Exception:
            return False
        return sorted(names) == ["k8s-1", "k8s-4", "k8s-5"]

    await stage.until("CiliumNodes", agents)
    stage.seen["ready nodes"] = [await stage.get("Node", f"k8s-{number}") for number in (1, 4, 5)]
    stage.seen["cilium pods"] = await stage.pods("cilium", "kube-system")


async def static_pods(stage: Scene) -> None:
    async def shown() -> dict[str, Any]:
        items = (await stage.api.get("/api/v1/namespaces/kube-system/pods", labelSelector="tier=control-plane"))[
            "items"
        ]
        return {item["metadata"]["name"]: item for item in items}

    async def is_ready(expected: bool) -> bool:
        conditions = (await shown()).get("kube-scheduler-k8s-1", {}).get("status", {}).get("conditions", [])
        return any(each["type"] == "Ready" and (each["status"] == "True") is expected for each in conditions)

    for ready in (True, False, True):
        stage.static["k8s-1"] = (StaticPod("kube-scheduler", ready),)
        await stage.until(f"the mirror pod, ready: {ready}", lambda ready=ready: is_ready(ready))  # type: ignore[misc]
    stage.seen["mirror pods"] = await shown()
    await stage.delete("Pod", "kube-scheduler-k8s-1", "kube-system")
    before = stage.seen["mirror pods"]["kube-scheduler-k8s-1"]["metadata"]["uid"]

    async def again() -> bool:
        pod = (await shown()).get("kube-scheduler-k8s-1", {"metadata": {"uid": before}})
        return bool(pod["metadata"]["uid"] != before)

    await stage.until("a deleted mirror pod is shown again", again)
    await stage.until("it is ready again", lambda: is_ready(True))


async def pods(stage: Scene) -> None:
    await stage.until_workload("Deployment", "web")
    stage.seen["web"] = await stage.pods("web")
    await stage.create(job("once"))

    async def complete() -> bool:
        return bool((await stage.get("Job", "once")).get("status", {}).get("succeeded") == 1)

    await stage.until("the Job", complete)
    await stage.delete("Deployment", "web")

    async def gone() -> bool:
        return not await stage.pods("web")

    await stage.until("no pod of a deleted Deployment", gone)


async def volumes(stage: Scene) -> None:
    await stage.create(storage_class("now", "Immediate"))
    await stage.create(storage_class("later", "WaitForFirstConsumer"))
    await stage.create(claim("now", "now"))
    await stage.create(claim("later", "later"))

    async def bound(name: str) -> bool:
        return bool((await stage.get("PersistentVolumeClaim", name))["status"].get("phase") == "Bound")

    await stage.until("the claim", lambda: bound("now"))
    stage.seen["later without consumer"] = await bound("later")
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "later"}}
    await stage.create(workload("Deployment", "store", "store:1", volumes=[volume]))
    await stage.until_workload("Deployment", "store")
    stage.seen["later with consumer"] = await bound("later")
    await stage.create(service("front", "store", [{"port": 80}], type="LoadBalancer"))
    await stage.create(service("other", "store", [{"port": 80}], type="LoadBalancer"))

    async def balanced() -> bool:
        found = [await stage.get("Service", name) for name in ("front", "other")]
        stage.seen["load balancers"] = [item["status"]["loadBalancer"] for item in found]
        return all(item["status"]["loadBalancer"].get("ingress") for item in found)

    await stage.until("addresses of load balancers", balanced)


async def machine_off(stage: Scene) -> None:
    await stage.create(workload("DaemonSet", "each", "each:1"))
    await stage.until_workload("DaemonSet", "each")
    await stage.contents.stop("k8s-5")

    async def status(value: str) -> bool:
        node = await stage.get("Node", "k8s-5")
        found = [entry["status"] for entry in node["status"]["conditions"] if entry["type"] == "Ready"]
        return found == [value]

    await stage.until("the Node is unknown", lambda: status("Unknown"))
    stage.seen["ready while off"] = stage.contents.ready("k8s-5")

    async def unready() -> bool:
        return not await stage.ready("DaemonSet", "each")

    await stage.until("its pods are not ready", unready)
    doomed = next(pod for pod in await stage.pods("each") if pod["spec"]["nodeName"] == "k8s-5")
    await stage.delete("Pod", doomed["metadata"]["name"])
    await stage.contents.boot(config(5, control_plane=False))
    stage.seen["off pod stayed"] = any(
        pod["metadata"]["uid"] == doomed["metadata"]["uid"] for pod in await stage.pods("each")
    )
    await stage.until("the Node is back", lambda: status("True"))
    await stage.until_workload("DaemonSet", "each")
    stage.seen["restarted"] = await stage.pods("cilium", "kube-system")


async def pulls(stage: Scene) -> None:
    stage.contents.failing_pulls("broken")
    await stage.create(workload("Deployment", "broken", "registry/broken:1"))

    async def backing_off() -> bool:
        found = await stage.pods("broken")
        states = [item.get("state", {}) for pod in found for item in pod["status"].get("containerStatuses", [])]
        return [state.get("waiting", {}).get("reason") for state in states] == ["ImagePullBackOff"]

    await stage.until("ImagePullBackOff", backing_off)
    stage.contents.heal()
    await stage.until_workload("Deployment", "broken")
    stage.contents.pods_crash("default/broken")

    async def crashing() -> bool:
        statuses = [item for pod in await stage.pods("broken") for item in pod["status"]["containerStatuses"]]
        reasons = {item["state"].get("waiting", {}).get("reason") for item in statuses}
        return reasons == {"CrashLoopBackOff"} and all(item["restartCount"] for item in statuses)

    await stage.until("CrashLoopBackOff", crashing)
    stage.contents.heal()
    await stage.until_workload("Deployment", "broken")


if __name__ == "__main__":
    run(scenario)
