"""Scenario: Flux's operator installs the controllers, which run as processes; external-secrets; the API is killed."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from lab.contents.api import ApiError
from lab.toolbox.toolbox import Toolbox
from tests.lab.contents.mapped_objects import account, binding, stores_webhook
from tests.lab.contents.objects import service, workload
from tests.lab.contents.scene import Scene, apply_crds, run, scene, with_network

FLUX = "/apis/fluxcd.controlplane.io/v1/namespaces/flux-system/fluxinstances"
CONTROLLERS = ("source-controller", "kustomize-controller", "helm-controller")
SECRETS = ("external-secrets", "external-secrets-webhook", "external-secrets-cert-controller")


async def scenario(folder: Path, tools: Toolbox) -> dict[str, Any]:
    async with scene(folder, tools) as stage:
        await with_network(stage, 4, 5)
        await apply_crds(folder, tools, "flux-operator", "config/crd/bases")
        await operator(stage)
        await secrets(stage, folder, tools)
        await instance(stage)
        await stores(stage)
        await api_killed(stage)
        return stage.seen


async def operator(stage: Scene) -> None:
    await stage.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "flux-system"}})
    await stage.create(account("flux-operator"), "flux-system")
    await stage.create(binding("flux-operator", "flux-system", "cluster-admin"))
    pod = {"serviceAccountName": "flux-operator"}
    await stage.create(workload("Deployment", "flux-operator", "flux-operator:1", **pod), "flux-system")
    await stage.until_workload("Deployment", "flux-operator", "flux-system")


async def instance(stage: Scene) -> None:
    spec = {
        "distribution": {"version": "2.x", "registry": "ghcr.io/fluxcd"},
        "components": list(CONTROLLERS),
        "cluster": {"networkPolicy": False},
    }
    body = {"apiVersion": "fluxcd.controlplane.io/v1", "kind": "FluxInstance", "metadata": {"name": "flux"}}
    await stage.api.create(FLUX, {**body, "spec": spec})

    async def ready() -> bool:
        conditions = (await stage.api.get(f"{FLUX}/flux")).get("status", {}).get("conditions", [])
        stage.seen["instance"] = {entry["type"]: entry["status"] for entry in conditions}
        return bool(stage.seen["instance"].get("Ready") == "True")

    await stage.until("the FluxInstance", ready, 60)
    stage.seen["controllers"] = {name: await stage.ready("Deployment", name, "flux-system") for name in CONTROLLERS}
    stage.seen["processes"] = stage.cluster.programs.names()
    address = (await stage.get("Service", "source-controller", "flux-system"))["spec"]["clusterIP"]
    stage.seen["named"] = stage.hosts.get("source-controller.flux-system.svc.cluster.local") == address
    stage.seen["artifacts"] = await asyncio.to_thread(status_of, f"http://{address}/nothing.tar.gz")


async def secrets(stage: Scene, folder: Path, tools: Toolbox) -> None:
    await apply_crds(folder, tools, "external-secrets", "config/crds/bases")
    await stage.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "external-secrets"}})
    empty = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "external-secrets-webhook"}}
    await stage.api.create("/api/v1/namespaces/external-secrets/secrets", empty)
    app = "external-secrets-webhook"
    ports = [{"name": "webhook", "port": 443, "targetPort": 10250}]
    await stage.create(service(app, app, ports), "external-secrets")
    await stage.api.create("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", stores_webhook())
    for name in SECRETS:
        await stage.create(account(name), "external-secrets")
        await stage.create(binding(name, "external-secrets", "cluster-admin"))
        pod = {"serviceAccountName": name}
        await stage.create(workload("Deployment", name, f"{name}:1", **pod), "external-secrets")


async def stores(stage: Scene) -> None:
    for name in SECRETS:
        await stage.until_workload("Deployment", name, "external-secrets", 60)
    stage.seen["bad store"] = await bad_store(stage)


async def bad_store(stage: Scene) -> str:
    auth = {"secretRef": {"connectTokenSecretRef": {"name": "token", "key": "token"}}}
    provider = {"onepassword": {"connectHost": ":not a url", "vaults": {"main": 1}, "auth": auth}}
    body = {"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "metadata": {"name": "bad"}}
    path = "/apis/external-secrets.io/v1/namespaces/default/secretstores"
    try:
        await stage.api.create(path, {**body, "spec": {"provider": provider}})
    except ApiError as error:
        return str(error)
    return "nothing refused it"


async def api_killed(stage: Scene) -> None:
    await stage.cluster.programs.kill("kube-apiserver")
    await asyncio.sleep(0.5)

    async def back() -> bool:
        try:
            await stage.create(workload("Deployment", "after", "after:1", replicas=2))
        except (ApiError, ConnectionError):
            return False
        return True

    await stage.until("the API", back)
    await stage.until("pods after the API came back", lambda: stage.ready("Deployment", "after"), 60)
    stage.seen["after the API was killed"] = [pod["status"]["phase"] for pod in await stage.pods("after")]
    stage.seen["same processes"] = stage.cluster.programs.names()


def status_of(url: str) -> int:
    """The HTTP status that a server answers with."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


if __name__ == "__main__":
    run(scenario)
