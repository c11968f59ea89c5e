"""Apps and data: critical ones gate, all others are waited for within bounds and named (rule 14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.verdict import Holds, Never, NotYet
from rehearsal import flux_life
from rehearsal.faults import Fault, inject
from rehearsal.flux_apps import DESTINATION
from rehearsal.objects import CLAIM
from steps.apps import judge_apps
from steps.data import judge_volumes
from tests.steps.harness import Scene, bare, begun, finished

KUSTOMIZATION = flux_life.KUSTOMIZATION


def app(name: str, ready: str = "True", **spec: Any) -> dict[str, Any]:
    namespace, _, short = name.partition("/")
    conditions = [{"type": "Ready", "status": ready, "reason": "R", "message": "because"}]
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"namespace": namespace, "name": short, "generation": 1},
        "spec": spec,
        "status": {
            "observedGeneration": 1,
            "conditions": conditions,
            "lastAppliedRevision": "main@sha1:1",
            "lastAttemptedRevision": "main@sha1:1",
        },
    }


NAMES = [f"media/app-{number:02}" for number in range(20)]


def test_all_ready_holds_by_their_number() -> None:
    """Whatever else there is in the cluster."""
    found = {name: app(name) for name in NAMES} | {"x/broken": app("x/broken", "False")}
    assert judge_apps(found, NAMES) == Holds({"ready": 20})
    assert judge_apps(found, []) == Holds({"ready": 0})


@pytest.mark.parametrize("missing", [1, 5, 20])
def test_every_app_that_is_not_ready_is_named(missing: int) -> None:
    """The first few with their reason, all others by name: at the deadline this is what the summary says."""
    found = {name: app(name, "False") for name in NAMES[:missing]} | {name: app(name) for name in NAMES[missing:]}
    verdict = judge_apps(found, NAMES)
    assert isinstance(verdict, NotYet)
    assert verdict.reason.startswith(f"{20 - missing}/20 ready: ")
    assert [name for name in NAMES[:missing] if name not in verdict.reason] == []
    assert [name for name in NAMES[missing:] if name in verdict.reason] == []


def test_what_ended_does_not_hide_what_waits() -> None:
    """A suspended app is final; the two that are not ready and the one that is not there are named beside it."""
    found = {NAMES[0]: app(NAMES[0], suspend=True), NAMES[1]: app(NAMES[1], "False"), NAMES[2]: app(NAMES[2], "False")}
    verdict = judge_apps(found, NAMES[:4])
    assert isinstance(verdict, Never)
    assert [name for name in NAMES[:4] if name not in verdict.reason] == []
    assert verdict.next_action


def broken(scene: Scene, *names: str) -> Scene:
    for name in names:
        found = scene.world.objects[KUSTOMIZATION][name]
        flux_life.speak(scene.world, KUSTOMIZATION, found, "False", "HealthCheckFailed", "deployment not ready")
    return scene


def test_a_critical_app_that_is_not_ready_fails_the_run() -> None:
    """Named with its reason, exit code 1; what stands on it is not begun."""
    scene = broken(finished(), "kube-system/coredns")
    scene.hurry(critical_apps_ready=400.0)
    ran = scene.run()
    assert ran.code == 1
    assert "kube-system/coredns" in ran.problems["critical_apps_ready"]
    assert ran.result.outcomes["apps_settled"].ending.value == "blocked"


def test_a_critical_app_that_is_missing_fails_the_run() -> None:
    """Not there is not ready."""
    scene = finished()
    del scene.world.objects[KUSTOMIZATION]["rook-ceph/rook-ceph-cluster"]
    scene.hurry(critical_apps_ready=60.0)
    assert "rook-ceph/rook-ceph-cluster" in scene.run().problems["critical_apps_ready"]


def test_a_suspended_critical_app_ends_the_wait() -> None:
    """It would be waited for in vain: after the grace time it is said."""
    scene = finished()
    scene.world.objects[KUSTOMIZATION]["cert-manager/cert-manager"]["spec"]["suspend"] = True
    ran = scene.run()
    assert ran.code == 1
    assert "suspend" in ran.problems["critical_apps_ready"]


def test_other_apps_that_are_not_ready_are_named_and_end_in_4() -> None:
    """All of them, suspended in the cluster or failing, in the exceptions of the run."""
    scene = finished()
    names = [f"{app.namespace}/{app.name}" for app in scene.tree.apps]
    others = [name for name in names if name not in scene.cluster.critical_apps]
    broken(scene, *others[:6])
    scene.world.objects[KUSTOMIZATION][others[6]]["spec"]["suspend"] = True
    ran = scene.run()
    (told,) = ran.result.exceptions
    assert ran.code == 4
    assert told.startswith("apps_settled: ")
    assert [name for name in others[:7] if name not in told] == []


def test_apps_that_git_suspends_are_not_waited_for() -> None:
    """That is how Git wants it: the run is done, with nothing to name."""
    scene = bare()
    needed = {need for app in scene.tree.apps for need in app.depends_on} | set(scene.cluster.critical_apps)
    names = [f"{app.namespace}/{app.name}" for app in scene.tree.apps if not app.volumes]
    name = next(name for name in names if name not in needed)
    index = [app.key for app in scene.world.repository.apps].index(name)
    scene.world.repository.apps[index].suspended = True
    apps = list(scene.tree.apps)
    apps[index] = replace(apps[index], suspended=True)
    scene.tree = replace(scene.tree, apps=tuple(apps))
    ran = scene.run()
    assert (ran.code, ran.result.exceptions) == (0, ())
    assert ran.evidence("apps_settled")["ready"] == len(scene.tree.apps) - len(scene.cluster.critical_apps) - 1


def test_a_volume_that_came_up_empty_is_named() -> None:
    """Everything is Ready, and the data is not there: exit code 4."""
    scene = bare()
    inject(scene.world, [Fault("empty-backup", "radarr")])
    ran = scene.run()
    assert ran.code == 4
    (told,) = ran.result.exceptions
    assert "volume media/radarr came up empty" in told
    assert "sonarr" not in told


def claim(name: str, phase: str = "Bound") -> dict[str, Any]:
    source = {"kind": "ReplicationDestination", "name": f"{name}-dst"}
    return {"metadata": {"namespace": "media", "name": name}, "spec": {"dataSourceRef": source},
            "status": {"phase": phase}}  # fmt: skip


def destination(name: str, logs: str = "Restore completed", result: str = "Successful") -> dict[str, Any]:
    status = {"lastSyncTime": "t", "latestImage": {"kind": "VolumeSnapshot", "name": "s"},
              "latestMoverStatus": {"result": result, "logs": logs}}  # fmt: skip
    return {"kind": "ReplicationDestination", "metadata": {"namespace": "media", "name": f"{name}-dst"}, "spec": {},
            "status": status}  # fmt: skip


def test_volumes_that_are_empty_are_named_beside_those_that_wait() -> None:
    """When the wait ends at its deadline, this sentence is all that the summary has: nothing may be missing in it."""
    names = [f"v{number}" for number in range(12)]
    claims = [*(claim(name, "Pending") for name in names), claim("full"), claim("empty")]
    found = [*(destination(name, result="Failed") for name in names), destination("full")]
    found.append(destination("empty", logs="No eligible snapshots found"))
    verdict = judge_volumes(["media/full", "media/gone-1", "media/gone-2"], claims, found)
    assert isinstance(verdict, NotYet)
    expected = [f"media/{name}" for name in (*names, "gone-1", "gone-2")] + ["volume media/empty came up empty"]
    assert [name for name in expected if name not in verdict.reason] == []
    assert "media/full" not in verdict.reason


def test_restored_volumes_hold_together_with_the_empty_ones() -> None:
    """Evidence for the one, an exception for the other; other claims are nobody's business."""
    plain = {"metadata": {"namespace": "media", "name": "cache"}, "spec": {}, "status": {"phase": "Pending"}}
    found = [destination("full"), destination("empty", logs="No eligible snapshots found")]
    verdict = judge_volumes(["media/full"], [claim("full"), claim("empty"), plain], found)
    assert isinstance(verdict, Holds)
    assert verdict.evidence == {"restored": ["media/full"]}
    assert [text.split(":")[0] for text in verdict.exceptions] == ["volume media/empty came up empty"]


def test_a_restore_that_is_paused_is_final() -> None:
    """It is never filled while nobody resumes it."""
    paused = {**destination("a", result="Failed"), "spec": {"paused": True}}
    assert isinstance(judge_volumes([], [claim("a", "Pending")], [paused]), Never)


def test_claims_that_are_not_there_are_waited_for() -> None:
    """An app whose claim does not exist has no data, however well the others look."""
    scene = begun("critical_apps_ready")
    scene.world.objects.get(CLAIM, {}).clear()
    verdict = scene.look("data_restored")
    assert isinstance(verdict, NotYet)
    assert "media/radarr" in verdict.reason
    assert "media/sonarr" in verdict.reason


def test_an_empty_volume_is_named_when_another_never_comes() -> None:
    """Both stand in the exceptions of a run that ended at the deadline."""
    scene = finished()
    status = scene.world.objects[DESTINATION]
    status["media/radarr-dst"]["status"]["latestMoverStatus"]["logs"] = "No eligible snapshots found"
    status["media/sonarr-dst"]["status"]["latestMoverStatus"]["result"] = "Failed"
    scene.hurry(data_restored=60.0)
    ran = scene.run()
    assert ran.code == 4
    (told,) = ran.result.exceptions
    assert "radarr came up empty" in told
    assert "media/sonarr" in told
