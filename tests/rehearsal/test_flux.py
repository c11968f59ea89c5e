"""Flux in the simulated cluster: instance, source, roots, apps in order, releases that change hands, volumes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.canonical import settle
from rehearsal.change import pushed
from rehearsal.faults import Fault, inject
from rehearsal.flux_apps import DESTINATION, HELM_RELEASE, OWNER, STORE
from rehearsal.flux_life import INSTANCE, KUSTOMIZATION, SOURCE, revision
from rehearsal.objects import CLAIM
from rehearsal.transitions import run_until
from rehearsal.world import World
from tests.rehearsal.worlds import cluster_of, do, everything, sync, tree_of, with_releases

APPS = {f"{app.namespace}/{app.name}": app for app in tree_of().apps}
BEFORE_INSTANCE = [release.name for release in tree_of().releases if release.name != "flux-instance"]


def started(seed: int = 1) -> World:
    """The FluxInstance was applied a moment ago."""
    world = with_releases(*BEFORE_INSTANCE, seed=seed)
    do(world, lambda site: sync(site, "flux-instance"))
    return world


def conditions(world: World, kind: str, name: str) -> dict[str, tuple[str, str]]:
    status = world.objects[kind][name].get("status", {})
    return {c["type"]: (c["status"], c["reason"]) for c in status.get("conditions", ())}


def ready(world: World, kind: str, name: str) -> bool:
    return conditions(world, kind, name).get("Ready", ("", ""))[0] == "True"


def test_flux_comes_up_in_its_order() -> None:
    """Controllers, then the instance is Ready, then the source is fetched, then the roots are applied."""
    world = started()
    order: list[str] = []
    for _ in range(400):
        run_until(world, world.now + 0.5)
        moments = {
            "instance": ready(world, INSTANCE, "flux-system/flux"),
            "source": SOURCE in world.objects and ready(world, SOURCE, "flux-system/flux-system"),
            "root": KUSTOMIZATION in world.objects and ready(world, KUSTOMIZATION, "flux-system/flux-system"),
            "apps": "flux-system/cluster-apps" in world.objects.get(KUSTOMIZATION, {})
            and ready(world, KUSTOMIZATION, "flux-system/cluster-apps"),
        }
        order += [name for name, true in moments.items() if true and name not in order]
    assert order == ["instance", "source", "root", "apps"]


def test_the_source_is_at_the_repositorys_commit() -> None:
    """The revision is written as source-controller writes it, and everything applied is of it."""
    world = everything()
    wanted = f"refs/heads/main@sha1:{world.repository.commit}"
    assert revision(world) == wanted
    assert world.objects[SOURCE]["flux-system/flux-system"]["status"]["artifact"]["revision"] == wanted
    assert {k["status"].get("lastAppliedRevision") for k in world.objects[KUSTOMIZATION].values()} == {wanted}


def test_a_repository_that_cannot_be_read_is_tried_again() -> None:
    """The source says why, and goes on when the repository is back."""
    world = started()
    world.repository.unreachable = "authentication required"
    run_until(world, world.now + 120)
    assert conditions(world, SOURCE, "flux-system/flux-system")["Ready"] == ("False", "GitOperationFailed")
    assert "artifact" not in world.objects[SOURCE]["flux-system/flux-system"]["status"]
    world.repository.unreachable = ""
    settle(world)
    assert ready(world, SOURCE, "flux-system/flux-system")


def test_every_app_becomes_ready() -> None:
    """All Kustomizations of the tree, and all their releases."""
    world = everything()
    assert {key for key in APPS if not APPS[key].suspended} <= set(world.objects[KUSTOMIZATION])
    assert all(ready(world, KUSTOMIZATION, key) for key in APPS)
    releases = {f"{app.namespace}/{name}" for app in APPS.values() for name in app.releases}
    assert set(world.objects[HELM_RELEASE]) == releases
    assert all(ready(world, HELM_RELEASE, name) for name in releases)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_app_is_ready_before_what_it_depends_on(seed: int) -> None:
    """dependsOn is honoured, whatever the latencies are."""
    world = started(seed)
    order: list[str] = []
    for _ in range(600):
        run_until(world, world.now + 0.5)
        order += [key for key in APPS if key not in order and key in world.objects.get(KUSTOMIZATION, {})
                  and ready(world, KUSTOMIZATION, key)]  # fmt: skip
    assert set(order) == set(APPS)
    for key, app in APPS.items():
        assert all(order.index(need) < order.index(key) for need in app.depends_on if need in APPS)


def test_a_waiting_app_names_its_dependency() -> None:
    """Until then it is not Ready with Flux's own reason, and being retried."""
    world = started()
    while "media/radarr" not in world.objects.get(KUSTOMIZATION, {}):
        run_until(world, world.now + 0.5)
    found = conditions(world, KUSTOMIZATION, "media/radarr")
    assert found["Ready"] == ("False", "DependencyNotReady")
    assert found["Reconciling"] == ("True", "ProgressingWithRetry")
    assert "observedGeneration" not in world.objects[KUSTOMIZATION]["media/radarr"]["status"]


def test_a_suspended_app_is_left_alone() -> None:
    """It is declared, and nothing more happens to it, nor to what depends on it."""
    world = started()
    app = next(app for app in world.repository.apps if app.key == "flux-system/sources")
    app.suspended = True
    settle(world)
    assert world.objects[KUSTOMIZATION]["flux-system/sources"]["spec"]["suspend"] is True
    assert not ready(world, KUSTOMIZATION, "flux-system/sources")
    assert not ready(world, KUSTOMIZATION, "default/whoami")


def test_releases_of_the_bootstrap_change_hands() -> None:
    """Flux adopts them: a history, its label on their objects, and the record says who owns it."""
    world = everything()
    for name in ("kube-system/cilium", "cert-manager/cert-manager"):
        history = world.objects[HELM_RELEASE][name]["status"]["history"][0]
        assert history["status"] == "deployed"
        assert history["chartVersion"] == world.releases[name]["version"]
        assert world.releases[name]["owner"] == "flux"
    daemon_set = world.objects["apps/v1/DaemonSet"]["kube-system/cilium"]
    assert daemon_set["metadata"]["labels"][OWNER] == "cilium"


def test_nothing_is_flux_own_before_flux_runs() -> None:
    """Up to the operator the releases are the bootstrap's."""
    world = with_releases(*BEFORE_INSTANCE)
    assert {record["owner"] for record in world.releases.values()} == {""}


def test_the_secret_store_follows_its_app() -> None:
    """The ClusterSecretStore comes with the app that declares it, and is valid a moment later."""
    world = started()
    seen: list[str] = []
    for _ in range(600):
        run_until(world, world.now + 0.5)
        found = world.objects.get(STORE, {}).get("onepassword-connect")
        state = "absent" if found is None else conditions(world, STORE, "onepassword-connect").get("Ready", ("new", ""))
        if str(state) not in seen:
            seen.append(str(state))
    assert seen == ["absent", "('new', '')", "('True', 'Valid')"]


def volume(world: World, name: str = "media/radarr") -> tuple[Any, Any]:
    return world.objects[CLAIM][name], world.objects[DESTINATION][f"{name}-dst"]


def test_volumes_are_restored_before_their_app() -> None:
    """A claim is pending until the restore has an image; then it is bound, and only then the release is installed."""
    world = started()
    while "media/radarr" not in world.objects.get(CLAIM, {}):
        run_until(world, world.now + 0.5)
    claim, destination = volume(world)
    assert claim["status"]["phase"] == "Pending"
    assert "media/radarr" not in world.objects.get(HELM_RELEASE, {})
    settle(world)
    assert claim["status"]["phase"] == "Bound"
    assert destination["status"]["latestImage"]["kind"] == "VolumeSnapshot"
    assert destination["status"]["lastManualSync"] == destination["spec"]["trigger"]["manual"]
    assert ready(world, HELM_RELEASE, "media/radarr")


def test_a_volume_without_a_backup_says_so() -> None:
    """The mover succeeds, and its log tells that nothing was restored."""
    world = inject(started(), [Fault("empty-backup", "radarr")])
    settle(world)
    assert "No eligible snapshots" in volume(world)[1]["status"]["latestMoverStatus"]["logs"]
    assert "No eligible snapshots" not in volume(world, "media/sonarr")[1]["status"]["latestMoverStatus"]["logs"]
    assert volume(world)[0]["status"]["phase"] == "Bound"


def test_a_new_commit_is_fetched_and_applied() -> None:
    """After a push everything is reconciled again, in order, at the new commit."""
    world = everything()
    old = world.repository.commit
    pushed(world, cluster_of(), replace(tree_of(), digest="ab" * 32))
    settle(world)
    assert world.repository.commit == "ab" * 20
    assert world.repository.older == [old]
    applied = {k["status"].get("lastAppliedRevision") for k in world.objects[KUSTOMIZATION].values()}
    assert applied == {f"refs/heads/main@sha1:{'ab' * 20}"}


def test_the_same_commit_changes_nothing() -> None:
    """Pushing what is there already schedules nothing."""
    world = everything()
    pushed(world, cluster_of(), tree_of())
    assert world.queue == []


def test_namespaces_are_shared_with_flux() -> None:
    """kustomize-controller owns its label on them, and what the bootstrap applied stays as it was."""
    world = everything()
    system = world.objects["v1/Namespace"]["system"]
    assert system["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] == "cluster-apps"
    assert system["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert set(world.applied["v1/Namespace system"]) == {"firstlight", "kustomize-controller"}
    assert set(world.applied["v1/Namespace media"]) == {"kustomize-controller"}
