"""The apps in the simulated cluster: a Kustomization each, in the order of their dependencies, releases and volumes."""

from __future__ import annotations

from rehearsal import definitions, objects
from rehearsal.chart_catalog import CATALOG
from rehearsal.flux_life import APPS, KUSTOMIZATION, applied, revision, speak
from rehearsal.objects import CLAIM, NAMESPACE, condition, find, new, put
from rehearsal.repository import FluxApp
from rehearsal.world import Object, World

HELM_RELEASE = "helm.toolkit.fluxcd.io/v2/HelmRelease"
STORE = "external-secrets.io/v1/ClusterSecretStore"
DESTINATION = "volsync.backube/v1alpha1/ReplicationDestination"
OWNER = "helm.toolkit.fluxcd.io/name"
CONTROLLER = "kustomize-controller"


def apps_applied(world: World, namespace: str) -> None:
    """apps/ is applied: namespaces, and a Kustomization of its own for every app."""
    apps = find(world, KUSTOMIZATION, f"{namespace}/{APPS}")
    if apps is None:
        return
    applied(world, apps)
    for app in world.repository.apps:
        _namespace(world, app.namespace)
        if find(world, KUSTOMIZATION, app.key) is None:
            _declare(world, app)
    for app in world.repository.apps:
        _begin_if_ready(world, app)


def _namespace(world: World, name: str) -> None:
    found = find(world, NAMESPACE, name)
    if found is None:
        found = put(world, NAMESPACE, new(NAMESPACE, None, name, status={"phase": "Active"}))
    owned = {"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": APPS}}}
    managers = world.applied.setdefault(f"{NAMESPACE} {name}", {})
    if managers.setdefault(CONTROLLER, owned) is owned:
        found["metadata"]["labels"] = found["metadata"].get("labels", {}) | owned["metadata"]["labels"]
        objects.touch(world, NAMESPACE, found)


def _declare(world: World, app: FluxApp) -> None:
    spec: Object = {"path": f"./{app.path}", "prune": True, "wait": True, "interval": "1h"}
    spec["dependsOn"] = [{"namespace": key.partition("/")[0], "name": key.partition("/")[2]} for key in app.depends_on]
    if app.suspended:
        spec["suspend"] = True
    namespace, _, name = app.key.partition("/")
    put(world, KUSTOMIZATION, new(KUSTOMIZATION, namespace, name, spec=spec, status={}))


def _ready(world: World, key: str) -> bool:
    found = find(world, KUSTOMIZATION, key)
    return found is not None and found["status"].get("lastAppliedRevision") == revision(world)


def _begin_if_ready(world: World, app: FluxApp) -> None:
    found = find(world, KUSTOMIZATION, app.key)
    if found is None or app.suspended or _ready(world, app.key) or app.key in world.flux_waits:
        return
    waits = next((key for key in app.depends_on if not _ready(world, key)), None)
    if waits is None:
        world.flux_waits[app.key] = []
        world.schedule(world.latency(f"reconcile/{app.key}", 1, 5), "app_begun", app.key)
    elif not found["status"]:
        speak(world, KUSTOMIZATION, found, "False", "DependencyNotReady", f"dependency '{waits}' is not ready")


def app_begun(world: World, key: str) -> None:
    """What is below the app's path is applied; its health is waited for."""
    app = _app(world, key)
    found = find(world, KUSTOMIZATION, key)
    if app is None or found is None:
        return
    speak(world, KUSTOMIZATION, found, "Unknown", "Progressing", "Reconciliation in progress", reconciling=True)
    world.flux_waits[key] = [*app.releases, *(f"volume {name}" for name in app.volumes)]
    for volume in app.volumes:
        _volume(world, app, volume)
    if not app.volumes:
        _releases(world, app)
    if not app.releases and not app.volumes:
        if app.namespace == "external-secrets":
            _store(world)
        world.schedule(world.latency(f"apply/{key}", 1, 4), "app_ready", key)


def _app(world: World, key: str) -> FluxApp | None:
    return next((app for app in world.repository.apps if app.key == key), None)


def _releases(world: World, app: FluxApp) -> None:
    for name in app.releases:
        if find(world, HELM_RELEASE, f"{app.namespace}/{name}") is None:
            made = new(HELM_RELEASE, app.namespace, name, spec={"interval": "1h"}, status={})
            put(world, HELM_RELEASE, made)
            speak(world, HELM_RELEASE, made, "Unknown", "Progressing", "Running 'install' action", reconciling=True)
        world.schedule(world.latency(f"helm/{app.key}/{name}", 3, 20), "helm_released", app.key, name)


def helm_released(world: World, key: str, name: str) -> None:
    """helm-controller has installed it, or adopted what the bootstrap installed: from here on it is Flux's."""
    namespace = key.partition("/")[0]
    found = find(world, HELM_RELEASE, f"{namespace}/{name}")
    if found is None:
        return
    record = world.releases.get(f"{namespace}/{name}")
    version = record["version"] if record else "1.0.0"
    revision_number = record["revision"] + 1 if record else 1
    if record:
        _adopt(world, record, namespace, name)
    found["status"]["history"] = [
        {
            "name": name,
            "namespace": namespace,
            "status": "deployed",
            "chartVersion": version,
            "version": revision_number,
        }
    ]
    reason = "UpgradeSucceeded" if record else "InstallSucceeded"
    speak(world, HELM_RELEASE, found, "True", reason, f"Helm release {namespace}/{name} is deployed")
    for spec in CATALOG[name].definitions if name in CATALOG and CATALOG[name].brings else ():
        definitions.install(world, spec)
    _settled(world, key, name)


def _adopt(world: World, record: Object, namespace: str, name: str) -> None:
    record["revision"] += 1
    record["owner"] = "flux"
    world.changed[f"helm:{namespace}/{name}"] = None
    for kind, obj_name, obj_namespace in record["applied"]:
        obj = find(world, kind, objects.full_name(obj_namespace, obj_name))
        if obj is not None:
            obj["metadata"]["labels"] = obj["metadata"].get("labels", {}) | {OWNER: name}


def _volume(world: World, app: FluxApp, name: str) -> None:
    """A claim that is filled from a backup, and the restore that fills it (components/volsync)."""
    if find(world, CLAIM, f"{app.namespace}/{name}") is not None:
        world.schedule(1.0, "volume_bound", app.key, name)
        return
    source = {"apiGroup": "volsync.backube", "kind": "ReplicationDestination", "name": f"{name}-dst"}
    put(world, CLAIM, new(CLAIM, app.namespace, name, spec={"dataSourceRef": source}, status={"phase": "Pending"}))
    spec = {"trigger": {"manual": "restore-once"}, "restic": {"copyMethod": "Snapshot"}}
    put(world, DESTINATION, new(DESTINATION, app.namespace, f"{name}-dst", spec=spec, status={}))
    world.schedule(world.latency(f"restore/{app.key}/{name}", 10, 60), "volume_restored", app.key, name)


def volume_restored(world: World, key: str, name: str) -> None:
    """The mover is done, and there is an image of what it restored; a fault may leave it empty."""
    namespace = key.partition("/")[0]
    found = find(world, DESTINATION, f"{namespace}/{name}-dst")
    if found is None:
        return
    empty = any(fault["kind"] == "empty-backup" and fault["where"] in ("", name) for fault in world.faults)
    logs = "No eligible snapshots found" if empty else "restoring snapshot; Restore completed"
    found["status"] = {
        "lastManualSync": "restore-once",
        "lastSyncTime": world.stamp(),
        "latestMoverStatus": {"result": "Successful", "logs": logs},
        "latestImage": {"kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io", "name": f"{name}-dst-1"},
    }
    objects.touch(world, DESTINATION, found)
    world.schedule(world.latency(f"bind/{key}/{name}", 1, 5), "volume_bound", key, name)


def volume_bound(world: World, key: str, name: str) -> None:
    app = _app(world, key)
    claim = find(world, CLAIM, f"{key.partition('/')[0]}/{name}")
    if app is None or claim is None:
        return
    claim["status"] = {"phase": "Bound"}
    objects.touch(world, CLAIM, claim)
    waits = world.flux_waits.get(key, [])
    if f"volume {name}" in waits and sum(wait.startswith("volume ") for wait in waits) == 1:
        _releases(world, app)
    _settled(world, key, f"volume {name}")


def _settled(world: World, key: str, what: str) -> None:
    waits = world.flux_waits.get(key, [])
    if what in waits:
        waits.remove(what)
        if not waits:
            world.schedule(world.latency(f"health/{key}", 0.5, 3), "app_ready", key)


def app_ready(world: World, key: str) -> None:
    """Everything of it is healthy; what depends on it may begin."""
    found = find(world, KUSTOMIZATION, key)
    if found is None:
        return
    world.flux_waits.pop(key, None)
    applied(world, found)
    for app in world.repository.apps:
        if key in app.depends_on:
            _begin_if_ready(world, app)


def _store(world: World) -> None:
    if find(world, STORE, "onepassword-connect") is None:
        put(world, STORE, new(STORE, None, "onepassword-connect", spec={"provider": {"onepassword": {}}}, status={}))
        world.schedule(world.latency("store", 1, 6), "store_valid")


def store_valid(world: World) -> None:
    """The store reaches 1Password Connect with the seeded token."""
    found = find(world, STORE, "onepassword-connect")
    if found is not None:
        ready = condition(world, "Ready", "True", "Valid", "store validated")
        found["status"] = {"conditions": [ready], "capabilities": "ReadOnly"}
        objects.touch(world, STORE, found)
