"""The capsule GitOpsReconciliation: what somebody edits by hand, Flux puts back when it next reconciles."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.commands.desk import Desk, Ended
from tests.lab.whole.cluster import Object, applied, condition, got, kubectl, until

pytestmark = [
    pytest.mark.needs("a private network"),
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(1500),
]

SPACE = "drift"
RELEASE = """
apiVersion: v1
kind: Namespace
metadata: {name: drift}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: drift}
spec:
  interval: 1h
  driftDetection: {mode: enabled}
  chart:
    spec:
      chart: app-template
      version: 5.1.0
      sourceRef: {kind: HelmRepository, name: bjw-s, namespace: flux-system}
  values:
    controllers:
      web: {containers: {app: {image: {repository: ghcr.io/traefik/whoami, tag: v1.12.0}}}}
"""


def requested(desk: Desk, space: str, kind: str, name: str) -> None:
    """What `flux reconcile` does (fluxcd.io, reconcile.fluxcd.io/requestedAt)."""
    kubectl(
        desk, "-n", space, "annotate", "--overwrite", kind, name, f"reconcile.fluxcd.io/requestedAt={time.time_ns()}"
    )


def patched(desk: Desk, space: str, kind: str, name: str, patch: Object) -> None:
    """As an editor would leave it: by kubectl, with no word to Flux."""
    kubectl(desk, "-n", space, "patch", kind, name, "--type=merge", "--patch", json.dumps(patch))


@pytest.fixture(scope="module")
def release(finished: tuple[Desk, Ended], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A HelmRelease with drift detection whose Deployment is there; gone again in the end."""
    desk, _ = finished
    applied(desk, RELEASE, tmp_path_factory.mktemp("release"))
    until("the release", lambda: condition(got(desk, "-n", SPACE, "helmrelease", "web"), "Ready") == "True")
    yield desk
    kubectl(desk, "-n", SPACE, "delete", "helmrelease", "web", "--timeout=120s")
    kubectl(desk, "delete", "namespace", SPACE, "--timeout=120s")


def test_an_edit_of_what_a_kustomization_owns_is_reverted(finished: tuple[Desk, Ended]) -> None:
    """The HelmRelease of an app: a changed field is Git's again, and one that was added is gone."""
    desk, _ = finished

    def spec() -> Object:
        found: Object = got(desk, "-n", "default", "helmrelease", "whoami")["spec"]
        return found

    before = spec()
    patched(desk, "default", "helmrelease", "whoami", {"spec": {"interval": "17m", "maxHistory": 3}})
    assert spec() == before | {"interval": "17m", "maxHistory": 3}
    requested(desk, "default", "kustomization", "whoami")
    until("Git's HelmRelease", lambda: spec() == before)


def test_what_a_kustomization_owns_and_somebody_deletes_comes_back(finished: tuple[Desk, Ended]) -> None:
    """The ExternalSecret of an app: made anew as Git has it, and its value fetched again."""
    desk, _ = finished
    before = got(desk, "-n", "media", "externalsecret", "sonarr")
    kubectl(desk, "-n", "media", "delete", "externalsecret", "sonarr", "--timeout=60s")
    requested(desk, "media", "kustomization", "sonarr")
    until(
        "the ExternalSecret",
        lambda: "sonarr" in kubectl(desk, "-n", "media", "get", "externalsecret", "sonarr", "--ignore-not-found"),
    )
    after = got(desk, "-n", "media", "externalsecret", "sonarr")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert after["spec"] == before["spec"]
    until("its value", lambda: condition(got(desk, "-n", "media", "externalsecret", "sonarr"), "Ready") == "True")


def test_an_edit_of_what_a_release_with_drift_detection_owns_is_reverted(release: Desk) -> None:
    """The Deployment of a chart: somebody scales it to nothing and takes another image; both are the chart's again."""

    def spec() -> Object:
        found: Object = got(release, "-n", SPACE, "deployment", "web")["spec"]
        return found

    before = spec()
    container = before["template"]["spec"]["containers"][0] | {"image": "ghcr.io/traefik/whoami:v0.0.1"}
    edit = {"spec": {"replicas": 0, "template": {"spec": {"containers": [container]}}}}
    patched(release, SPACE, "deployment", "web", edit)
    assert (spec()["replicas"], spec()["template"] != before["template"]) == (0, True)
    requested(release, SPACE, "helmrelease", "web")
    until("the chart's Deployment", lambda: spec() == before)
    until("the release", lambda: condition(got(release, "-n", SPACE, "helmrelease", "web"), "Ready") == "True")
