"""Scenario: pods that are processes: CoreDNS answers, is killed and comes back; cert-manager issues and refuses."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

from lab.contents.api import ApiError
from lab.toolbox.toolbox import Toolbox
from tests.lab.contents.dns import addresses
from tests.lab.contents.mapped_objects import ISSUER, binding, cert_manager, certificate, coredns, webhook
from tests.lab.contents.scene import Scene, apply_crds, run, scene, with_network

NAME = "kubernetes.default.svc.cluster.local"
CERT_MANAGER = "/apis/cert-manager.io/v1/namespaces/default"


async def scenario(folder: Path, tools: Toolbox) -> dict[str, Any]:
    async with scene(folder, tools) as stage:
        await with_network(stage, 4, 5)
        crds = asyncio.create_task(apply_crds(folder, tools, "cert-manager", "deploy/crds"))
        await names(stage)
        await killed(stage)
        await crds
        await certificates(stage)
        await deleted(stage)
        stage.seen["facts"] = stage.facts
        return stage.seen


async def names(stage: Scene) -> None:
    for obj in coredns():
        await stage.create(obj, "kube-system")

    async def running() -> bool:
        states = [
            item.get("state", {})
            for pod in await stage.pods("coredns", "kube-system")
            for item in pod["status"].get("containerStatuses", [])
        ]
        return len(states) == 2 and all("running" in state for state in states)

    await stage.until("CoreDNS runs", running)
    await asyncio.sleep(1.5)
    stage.seen["ready without rights"] = await stage.ready("Deployment", "coredns", "kube-system")
    await stage.create(binding("coredns", "kube-system", "cluster-admin"))
    await stage.until_workload("Deployment", "coredns", "kube-system")
    pods = [pod["status"]["podIP"] for pod in await stage.pods("coredns", "kube-system")]
    stage.seen["at pods"] = {ip: await asyncio.to_thread(addresses, ip, NAME) for ip in pods}

    async def answers() -> bool:
        try:
            stage.seen["at ClusterIP"] = await asyncio.to_thread(addresses, "10.43.0.10", NAME)
            stage.seen["at ClusterIP by TCP"] = await asyncio.to_thread(addresses, "10.43.0.10", NAME, tcp=True)
        except OSError:
            return False
        return True

    await stage.until("the ClusterIP answers", answers)
    stage.seen["hosts"] = stage.hosts


async def killed(stage: Scene) -> None:
    victim = (await stage.pods("coredns", "kube-system"))[0]["metadata"]["name"]
    await stage.cluster.programs.kill(f"kube-system.{victim}")

    async def restarted() -> bool:
        status = (await stage.get("Pod", victim, "kube-system"))["status"]["containerStatuses"][0]
        return status["restartCount"] == 1 and not status["ready"]

    await stage.until("the restart", restarted)
    await stage.until_workload("Deployment", "coredns", "kube-system")
    stage.seen["at ClusterIP after a kill"] = await asyncio.to_thread(addresses, "10.43.0.10", NAME)


async def certificates(stage: Scene) -> None:
    await installed(stage)
    stage.seen["refusal"] = await refusal(stage)
    await stage.api.create(f"{CERT_MANAGER}/certificates", certificate("real"))

    async def issued() -> bool:
        try:
            secret = await stage.api.get("/api/v1/namespaces/default/secrets/real")
        except ApiError:
            return False
        stage.seen["certificate"] = base64.b64decode(secret["data"]["tls.crt"]).decode()
        return True

    await stage.until("the certificate", issued)


async def installed(stage: Scene) -> None:
    await stage.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cert-manager"}})
    for obj in cert_manager():
        await stage.create(obj, "cert-manager")
        if obj["kind"] == "ServiceAccount":
            await stage.create(binding(obj["metadata"]["name"], "cert-manager", "cluster-admin"))
    for kind in ("Validating", "Mutating"):
        path = f"/apis/admissionregistration.k8s.io/v1/{kind.lower()}webhookconfigurations"
        await stage.api.create(path, webhook(kind))
    for name in ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook"):
        await stage.until_workload("Deployment", name, "cert-manager", 60)

    async def issuer() -> bool:
        try:
            await stage.api.create(f"{CERT_MANAGER}/issuers", ISSUER)
        except ApiError:
            return False  # its CA is not injected yet
        return True

    await stage.until("the webhook answers", issuer)


async def refusal(stage: Scene) -> str:
    try:
        await stage.api.create(f"{CERT_MANAGER}/certificates", certificate("bad", duration="1m"))
    except ApiError as error:
        return str(error)
    return "nothing refused it"


async def deleted(stage: Scene) -> None:
    stage.seen["processes before"] = stage.cluster.programs.names()
    await stage.delete("Deployment", "coredns", "kube-system")

    async def gone() -> bool:
        return not any(name.startswith("kube-system.coredns") for name in stage.cluster.programs.names())

    await stage.until("no process of a deleted Deployment", gone)
    stage.seen["processes after"] = stage.cluster.programs.names()

    async def refused() -> bool:
        try:
            await asyncio.to_thread(addresses, "10.43.0.10", NAME, tcp=True)
        except OSError as error:  # a connection from before may still be cut off
            stage.seen["ClusterIP without pods"] = type(error).__name__
        return stage.seen.get("ClusterIP without pods") == "ConnectionRefusedError"

    await stage.until("a refusal at the ClusterIP", refused)


if __name__ == "__main__":
    run(scenario)
