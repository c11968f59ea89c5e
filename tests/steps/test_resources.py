"""Namespaces, seed secrets and definitions: as Git and the vault say, and left to who took them over."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.errors import Permanent
from bootstrap.verdict import Holds, Never, NotYet
from rehearsal import objects
from rehearsal.definitions import manifest
from rehearsal.pki import value_of
from steps.definitions import served_kinds
from steps.resources import manifests
from tests.steps.harness import Scene, bare, begun, finished
from tree.reference import parsed

SECRET = "external-secrets/onepassword-connect-secret"
CREDENTIALS = "op://homelab-main/onepassword-connect/CREDENTIALS_JSON_BASE64"


def test_what_is_missing_or_differs_is_named_and_applied() -> None:
    """Each object by kind and name; applied once, and then it holds."""
    scene = begun("resources_applied")
    del scene.world.objects["v1/Namespace"]["system"]
    scene.world.objects["v1/Secret"][SECRET]["data"] = {"token": "sha256:other"}
    verdict = scene.look("resources_applied")
    assert isinstance(verdict, NotYet)
    assert verdict.reason == f"Namespace system does not exist; Secret {SECRET} differs"
    assert scene.run(until=("resources_applied",)).code == 0
    assert isinstance(scene.look("resources_applied"), Holds)


def test_what_the_server_or_others_add_is_no_difference() -> None:
    """Status, uid, labels of other managers: nothing to apply."""
    scene = begun("resources_applied")
    namespace = scene.world.objects["v1/Namespace"]["system"]
    namespace["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = "cluster-apps"
    namespace["status"] = {"phase": "Active"}
    assert isinstance(scene.look("resources_applied"), Holds)


def test_failure_20_what_was_handed_over_is_only_verified() -> None:
    """Another manager owns a field that differs: named with it, and never fought over."""
    scene = finished()
    namespace = scene.world.objects["v1/Namespace"]["system"]
    owned = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    scene.world.applied["v1/Namespace system"]["kustomize-controller"] = owned
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "restricted"
    ran = scene.run()
    assert (ran.code, ran.effects) == (0, ())
    verdict = scene.look("resources_applied")
    assert isinstance(verdict, Holds)
    assert verdict.evidence["handed_over"] == ["Namespace system by kustomize-controller"]


def test_failure_33_namespaces_carry_their_pod_security_level() -> None:
    """The tree's own namespaces are applied, not bare ones."""
    scene = begun("resources_applied")
    applied = [key.split()[1] for key in scene.world.applied if key.startswith("v1/Namespace ")]
    assert len(applied) >= 5
    for name in applied:
        labels = scene.world.objects["v1/Namespace"][name]["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] in ("privileged", "baseline", "restricted")


def test_resources_that_are_no_objects_are_a_permanent_error() -> None:
    """Without quoting them: they hold secrets."""
    scene = bare()
    scene.tree = replace(scene.tree, resources='token: "op://homelab-main/onepassword-connect/TOKEN"')
    token = value_of(parsed("op://homelab-main/onepassword-connect/TOKEN"))
    with pytest.raises(Permanent) as caught:
        scene.play(manifests)
    assert "does not render to Kubernetes objects" in caught.value.sentence
    assert token not in f"{caught.value} {caught.value.next_action}"


@pytest.mark.parametrize("name", ["main", "staging"])
def test_no_value_of_the_vault_stands_in_events_or_evidence(name: str) -> None:
    """A whole run, a second one, and one of which every gate is asked for what differs (rule 5)."""
    scene = finished(name)
    scene.world.objects["v1/Secret"].clear()
    scene.run()
    values = {value_of(parsed(text)) for text in scene.world.repository.references}
    said = repr(scene.journal.stored)
    assert len(values) > 10
    assert [value for value in values if value in said] == []


def test_what_is_taken_for_an_error_hides_its_values() -> None:
    """Manifests print with their secrets veiled."""
    found = bare().play(manifests)
    values = {value_of(parsed(text)) for text in bare().world.repository.references}
    assert "<secret>" in repr(found)
    assert [value for value in values if value in repr(found)] == []


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (b64encode(b'{"verifier": "x"}').decode(), True),
        ('{"verifier": "x"}', False),
        (b64encode(b"not json").decode(), False),
        (b64encode(b'"a text"').decode(), False),
        (b64encode(b"123").decode(), False),
        (b64encode(b64encode(b'{"verifier": "x"}')).decode(), False),
        (b64encode(b"\xff\xfe").decode(), False),
        (b64encode(b'{"verifier": "x"}').decode() + "\n", False),
        ("", False),
    ],
)
def test_failure_4_credentials_of_connect_are_base64_of_a_json_document(value: str, good: bool) -> None:
    """Checked before anything is applied, named by reference, and never shown."""
    scene = bare()
    scene.secrets = {parsed(CREDENTIALS): value}
    verdict = scene.look("secrets_resolved")
    assert isinstance(verdict, Holds if good else Never)
    if isinstance(verdict, Never):
        assert CREDENTIALS in verdict.reason
        assert not value.strip() or value.strip() not in verdict.reason


def without(scene: Scene, name: str) -> dict[str, Any]:
    return scene.world.objects[objects.DEFINITION].pop(name)


def test_failure_22_a_definition_that_is_not_served_is_waited_for() -> None:
    """Established is not enough: discovery must list it, and what is missing is named."""
    scene = begun("crds_applied")
    assert scene.world.served.pop("monitoring.coreos.com/v1/ServiceMonitor")
    verdict = scene.look("crds_applied")
    assert isinstance(verdict, NotYet)
    assert verdict.underway
    assert verdict.reason == "not served yet: servicemonitors.monitoring.coreos.com"


def test_failure_22_every_served_version_counts() -> None:
    """An app may use the second one; one that is not served is not waited for."""
    found = {**manifest("example.org/v1 Thing")}
    versions = [{"name": "v1"}, {"name": "v1beta1", "served": True}, {"name": "v1alpha1", "served": False}]
    found["spec"] = {**found["spec"], "versions": versions}
    assert [kind.api_version for kind in served_kinds(found)] == ["example.org/v1", "example.org/v1beta1"]
    assert served_kinds({**found, "spec": {**found["spec"], "versions": versions[2:]}}) == ()


def test_definitions_that_are_there_are_not_applied_over() -> None:
    """Flux may have brought newer ones: only what is missing is applied, and nothing is lowered (rule 13)."""
    scene = finished()
    without(scene, "servicemonitors.monitoring.coreos.com")
    ran = scene.run()
    assert ran.code == 0
    assert ran.done("apply") == [f"{objects.DEFINITION} servicemonitors.monitoring.coreos.com"]


def test_a_definition_that_another_has_the_names_of_ends_it() -> None:
    """It does not heal: who else defines it must be found."""
    scene = begun("crds_applied")
    found = scene.world.objects[objects.DEFINITION]["servicemonitors.monitoring.coreos.com"]
    found["status"] = {"conditions": [{"type": "NamesAccepted", "status": "False", "reason": "ListKindConflict"}]}
    assert isinstance(scene.look("crds_applied"), Never)
