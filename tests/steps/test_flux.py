"""Flux: the audited commit or a later one, the roots, the store."""

from __future__ import annotations

import pytest

from bootstrap.verdict import Holds, Never, NotYet
from estate.git import GitState
from rehearsal import flux_life, objects
from rehearsal.flux_apps import STORE
from tests.steps.harness import Scene, answering, finished

AUDITED = "a" * 40


def audited(commit: str, *older: str) -> Scene:
    """A finished cluster whose Flux is at the remote's head, while this run was checked against `commit`."""
    scene = finished()
    scene.world.repository.older = list(older)
    state = GitState(commit, "main", (), scene.world.repository.commit, pushed=True)
    scene.adapt = answering("git", state=lambda *_: state)
    return scene


def test_the_audited_commit_is_what_flux_has() -> None:
    """Both are in the evidence."""
    scene = finished()
    commit = scene.world.repository.commit
    assert scene.look("source_synced") == Holds({"commit": commit, "audited": commit, "later": False})


def test_a_later_commit_on_the_branch_is_good_and_named() -> None:
    """Renovate pushed meanwhile: what was audited is in it."""
    scene = audited(AUDITED, "9" * 40, AUDITED)
    ran = scene.run()
    assert ran.code == 0
    assert ran.evidence("source_synced") == {
        "commit": scene.world.repository.commit,
        "audited": AUDITED,
        "later": True,
    }


def test_an_unrelated_commit_is_waited_over_and_then_fails() -> None:
    """What Flux applies was not checked by this run: both commits are named."""
    scene = audited(AUDITED)
    scene.hurry(source_synced=60.0)
    ran = scene.run()
    assert ran.code == 1
    assert f"audited was {AUDITED[:12]}" in ran.problems["source_synced"]
    assert scene.world.repository.commit[:12] in ran.problems["source_synced"]
    assert ran.result.outcomes["root_reconciled"].ending.value == "blocked"


def test_flux_is_asked_once_to_look_at_git_now() -> None:
    """It looks once an hour by itself. The commit is the token, so that a request is not made twice."""
    scene = audited(AUDITED)
    before = scene.look("source_synced")
    assert isinstance(before, NotYet)
    assert not before.underway
    scene.hurry(source_synced=60.0)
    scene.run()
    metadata = source(scene)["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["annotations"] == {"reconcile.fluxcd.io/requestedAt": AUDITED}
    asked = [effect for effect in scene.world.effects if "gitrepositor" in str(effect).lower()]
    assert len(asked) == 1
    after = scene.look("source_synced")
    assert isinstance(after, NotYet)
    assert after.underway


def source(scene: Scene) -> dict[str, object]:
    return scene.world.objects[flux_life.SOURCE]["flux-system/flux-system"]


def test_failure_36_a_source_that_cannot_authenticate_never_holds() -> None:
    """A deploy key does not heal: the Secret to look at is named."""
    scene = finished()
    message = "ssh: handshake failed: ssh: unable to authenticate"
    flux_life.speak(scene.world, flux_life.SOURCE, source(scene), "False", "GitOperationFailed", message)
    assert isinstance(scene.look("source_synced"), Never)


@pytest.mark.parametrize("name", ["flux-system", "cluster-apps"])
def test_both_roots_must_be_at_the_sources_revision(name: str) -> None:
    """The first alone shows no app."""
    scene = finished()
    assert isinstance(scene.look("root_reconciled"), Holds)
    root = objects.find(scene.world, flux_life.KUSTOMIZATION, f"flux-system/{name}")
    assert root is not None
    root["status"]["lastAppliedRevision"] = "refs/heads/main@sha1:" + "0" * 40
    verdict = scene.look("root_reconciled")
    assert isinstance(verdict, NotYet)
    assert name in verdict.reason


def test_roots_without_a_source_do_not_hold() -> None:
    """What was applied from a source that is gone is nobody's revision."""
    scene = finished()
    objects.remove(scene.world, flux_life.SOURCE, "flux-system/flux-system")
    assert isinstance(scene.look("source_synced"), NotYet)
    assert isinstance(scene.look("root_reconciled"), NotYet)


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ({"type": "Ready", "status": "True", "reason": "Valid"}, Holds),
        ({"type": "Ready", "status": "False", "reason": "ValidationFailed", "message": "401"}, NotYet),
        ({"type": "Ready", "status": "False", "reason": "InvalidStoreConfiguration"}, Never),
    ],
)
def test_the_store_says_once_what_eighty_apps_would_say(condition: dict[str, str], kind: type) -> None:
    """Valid, healing, or wrong for good."""
    scene = finished()
    scene.world.objects[STORE]["onepassword-connect"]["status"] = {"conditions": [condition]}
    assert isinstance(scene.look("secret_store_ready"), kind)


@pytest.mark.parametrize(
    ("reason", "message", "kind"),
    [
        ("GitOperationFailed", "failed to checkout: connection refused", NotYet),
        ("AuthenticationFailed", "bad deploy key", Never),
    ],
)
def test_a_flux_instance_that_waits_for_git_says_so(reason: str, message: str, kind: type[NotYet | Never]) -> None:
    """The operator says "Progressing" alone; the source has the reason, and one that cannot heal ends the wait."""
    scene = finished()
    not_ready(scene, "fluxcd.controlplane.io/v1/FluxInstance", "flux-system/flux", "Progressing", "in progress")
    verdict = scene.look("flux_instance")
    assert isinstance(verdict, NotYet)
    assert "in progress" in verdict.reason
    assert "GitRepository" not in verdict.reason
    not_ready(scene, "source.toolkit.fluxcd.io/v1/GitRepository", "flux-system/flux-system", reason, message)
    verdict = scene.look("flux_instance")
    assert isinstance(verdict, kind)
    assert "GitRepository flux-system/flux-system" in verdict.reason
    assert message in verdict.reason


def not_ready(scene: Scene, kind: str, name: str, reason: str, message: str) -> None:
    status = scene.world.objects[kind][name]["status"]
    others = [each for each in status.get("conditions", ()) if each["type"] != "Ready"]
    status["conditions"] = [*others, {"type": "Ready", "status": "False", "reason": reason, "message": message}]
