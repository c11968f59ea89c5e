"""Flux in the simulated cluster, up to its root: operator, controllers, source, and the two root Kustomizations."""

from __future__ import annotations

from rehearsal import definitions, objects, workloads
from rehearsal.chart_catalog import FLUX_CONTROLLERS, FLUX_KINDS
from rehearsal.objects import condition, new, put
from rehearsal.world import Object, World

INSTANCE = "fluxcd.controlplane.io/v1/FluxInstance"
SOURCE = "source.toolkit.fluxcd.io/v1/GitRepository"
KUSTOMIZATION = "kustomize.toolkit.fluxcd.io/v1/Kustomization"
OPERATOR = "flux-operator"
ROOT, APPS = "flux-system", "cluster-apps"


def revision(world: World) -> str:
    """The remote's head as source-controller writes it (RFC-0005 of Flux)."""
    return f"refs/heads/{world.repository.branch}@sha1:{world.repository.commit}"


def begin(world: World, namespace: str) -> None:
    """There is a FluxInstance; its operator gets to it when it runs."""
    world.schedule(world.latency("flux-operator", 1, 4), "flux_components", namespace)


def flux_operator_ready(world: World, name: str) -> None:
    namespace = name.partition("/")[0]
    if objects.find(world, INSTANCE, f"{namespace}/flux") is not None:
        begin(world, namespace)


def flux_components(world: World, namespace: str) -> None:
    """The operator applies the controllers and their definitions."""
    instance = objects.find(world, INSTANCE, f"{namespace}/flux")
    operator = objects.find(world, objects.DEPLOYMENT, f"{namespace}/{OPERATOR}")
    if instance is None or instance["status"] or operator is None or not operator["status"].get("readyReplicas"):
        return
    speak(world, INSTANCE, instance, "Unknown", "Progressing", "Reconciliation in progress")
    for spec in FLUX_KINDS:
        definitions.install(world, spec)
    for controller in FLUX_CONTROLLERS:
        image = f"ghcr.io/fluxcd/{controller}"
        labels = {"app.kubernetes.io/part-of": "flux"}
        made = workloads.Workload(controller, image, all_ready="flux_controller_ready")
        workloads.create(world, namespace, made, labels)


def flux_controller_ready(world: World, name: str) -> None:
    """With the last of them the operator makes the source and the root Kustomization."""
    namespace = name.partition("/")[0]
    controllers = [objects.find(world, objects.DEPLOYMENT, f"{namespace}/{name}") for name in FLUX_CONTROLLERS]
    if not all(found and found["status"].get("readyReplicas") for found in controllers):
        return
    if objects.find(world, SOURCE, f"{namespace}/{ROOT}") is not None:
        return
    instance = objects.find(world, INSTANCE, f"{namespace}/flux")
    if instance is not None:
        speak(world, INSTANCE, instance, "True", "ReconciliationSucceeded", f"Applied revision: {revision(world)}")
        instance["status"]["lastAppliedRevision"] = revision(world)
    repository = world.repository
    spec = {"url": repository.url, "ref": {"name": f"refs/heads/{repository.branch}"}, "interval": "1h"}
    put(world, SOURCE, new(SOURCE, namespace, ROOT, spec=spec, status={}))
    _root(world, namespace, ROOT)
    world.schedule(world.latency("fetch", 2, 8), "source_fetched", namespace)


def source_fetched(world: World, namespace: str) -> None:
    """source-controller has the remote's head; every Kustomization follows."""
    source = objects.find(world, SOURCE, f"{namespace}/{ROOT}")
    if source is None:
        return
    if world.repository.unreachable:
        speak(world, SOURCE, source, "False", "GitOperationFailed", world.repository.unreachable)
        world.schedule(30.0, "source_fetched", namespace)
        return
    source["status"]["artifact"] = {"revision": revision(world), "lastUpdateTime": world.stamp()}
    speak(world, SOURCE, source, "True", "Succeeded", f"stored artifact for revision '{revision(world)}'")
    world.schedule(world.latency("root", 1, 4), "root_applied", namespace)


def root_applied(world: World, namespace: str) -> None:
    """cluster/ is applied: it holds the Kustomization of all apps."""
    root = objects.find(world, KUSTOMIZATION, f"{namespace}/{ROOT}")
    if root is not None:
        applied(world, root)
        _root(world, namespace, APPS)
        world.schedule(world.latency("apps", 2, 6), "apps_applied", namespace)


def _root(world: World, namespace: str, name: str) -> None:
    if objects.find(world, KUSTOMIZATION, f"{namespace}/{name}") is None:
        made = new(KUSTOMIZATION, namespace, name, spec={"prune": True, "interval": "1h"}, status={})
        put(world, KUSTOMIZATION, made)
        speak(world, KUSTOMIZATION, made, "Unknown", "Progressing", "Reconciliation in progress", reconciling=True)


def applied(world: World, kustomization: Object) -> None:
    """A Kustomization is Ready at the source's revision."""
    status = kustomization["status"]
    status["lastAppliedRevision"] = status["lastAttemptedRevision"] = revision(world)
    message = f"Applied revision: {revision(world)}"
    speak(world, KUSTOMIZATION, kustomization, "True", "ReconciliationSucceeded", message)


def speak(
    world: World, kind: str, obj: Object, ready: str, reason: str, message: str, *, reconciling: bool = False
) -> None:
    """Set the Ready condition, as Flux does: observedGeneration moves on only with success."""
    generation = obj["metadata"]["generation"]
    found = [condition(world, "Ready", ready, reason, message, observedGeneration=generation)]
    if reconciling or ready == "Unknown":
        found.insert(0, condition(world, "Reconciling", "True", "Progressing", message, observedGeneration=generation))
    elif ready == "False":
        retry = condition(world, "Reconciling", "True", "ProgressingWithRetry", message, observedGeneration=generation)
        found.insert(0, retry)
    if ready == "True":
        obj["status"]["observedGeneration"] = generation
    obj["status"]["conditions"] = found
    objects.touch(world, kind, obj)
