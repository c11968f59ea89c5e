"""Server-side apply in the simulated cluster."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from estate.kubernetes import Conflict, Kind, Kubernetes, Manifest, ObjectRef
from rehearsal.apply import merged
from rehearsal.definitions import manifest as definition
from rehearsal.faults import Fault, inject
from rehearsal.transitions import run_until
from rehearsal.world import World
from rehearsal.world_json import to_json
from tests.rehearsal.worlds import do, on_kubernetes, sync, with_api, with_releases

CONFIG_MAP = Kind("v1", "ConfigMap")


def config_map(data: dict[str, Any], name: str = "one", namespace: str = "default") -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def apply(world: World, manifest: Manifest, **how: bool) -> Manifest:
    async def work(kubernetes: Kubernetes) -> Manifest:
        found = await kubernetes.apply(manifest, **how)
        return {**found, "metadata": dict(found["metadata"])}

    return on_kubernetes(world, work)


def get(world: World, name: str = "one") -> Manifest | None:
    ref = ObjectRef(CONFIG_MAP, name, "default")
    return on_kubernetes(world, lambda kubernetes: kubernetes.get(ref))


@pytest.mark.parametrize(
    ("live", "wanted", "expected"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {}, {"a": {"x": 1}}),
    ],
)
def test_fields_are_merged(live: dict[str, Any], wanted: dict[str, Any], expected: dict[str, Any]) -> None:
    """Mappings merge, everything else is taken whole, and neither argument is changed."""
    before = (repr(live), repr(wanted))
    assert merged(live, wanted) == expected
    assert (repr(live), repr(wanted)) == before


def test_an_object_is_made_then_left_alone() -> None:
    """The first apply makes it with uid and generation; the same again changes nothing at all."""
    world = with_api()
    first = apply(world, config_map({"a": "1"}))
    second = apply(world, config_map({"a": "1"}))
    assert first == second
    assert first["metadata"]["uid"]


def test_a_change_moves_the_version_and_keeps_the_uid() -> None:
    """Another value is another resource version of the same object."""
    world = with_api()
    first = apply(world, config_map({"a": "1"}))
    second = apply(world, config_map({"a": "2"}))
    assert second["data"] == {"a": "2"}
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]


def test_a_changed_spec_is_another_generation() -> None:
    """Controllers see by the generation that there is something to do."""
    world = with_api()
    claim: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {"storageClassName": "a"},
    }
    assert apply(world, claim)["metadata"]["generation"] == 1
    assert apply(world, {**claim, "spec": {"storageClassName": "b"}})["metadata"]["generation"] == 2


def test_a_dry_run_stores_nothing() -> None:
    """It says what would be, and neither makes nor changes an object, nor counts as an effect."""
    world = with_api()
    assert apply(world, config_map({"a": "1"}), dry_run=True)["data"] == {"a": "1"}
    assert get(world) is None
    apply(world, config_map({"a": "1"}))
    effects = len(world.effects)
    assert apply(world, config_map({"a": "2"}), dry_run=True)["data"] == {"a": "2"}
    found = get(world)
    assert found is not None
    assert found["data"] == {"a": "1"}
    assert len(world.effects) == effects


def test_a_dry_run_of_what_is_there_equals_it() -> None:
    """This is how drift is seen: no difference means nothing to do."""
    world = with_releases()
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "system"}}
    found = on_kubernetes(world, lambda k: k.get(ObjectRef(Kind("v1", "Namespace"), "system")))
    assert apply(world, manifest, dry_run=True) == found


def test_a_conflict_names_the_other_manager() -> None:
    """A field that kustomize-controller owns with another value is a conflict, and nothing is changed."""
    world = with_api()
    apply(world, config_map({"a": "1"}))
    world.applied["v1/ConfigMap default/one"]["kustomize-controller"] = {"data": {"a": "1"}}
    with pytest.raises(Conflict, match="kustomize-controller") as conflict:
        apply(world, config_map({"a": "2"}))
    assert conflict.value.manager == "kustomize-controller"
    found = get(world)
    assert found is not None
    assert found["data"] == {"a": "1"}


def test_equal_values_are_no_conflict() -> None:
    """Two managers may own a field as long as they agree; and a field of one's own is free."""
    world = with_api()
    apply(world, config_map({"a": "1"}))
    world.applied["v1/ConfigMap default/one"]["kustomize-controller"] = {"data": {"a": "1"}}
    assert apply(world, config_map({"a": "1", "b": "2"}))["data"] == {"a": "1", "b": "2"}


def test_force_takes_the_field() -> None:
    """Definitions are applied by force: the other manager loses."""
    world = with_api()
    apply(world, config_map({"a": "1"}))
    world.applied["v1/ConfigMap default/one"]["helm"] = {"data": {"a": "1"}}
    assert apply(world, config_map({"a": "2"}), force=True)["data"] == {"a": "2"}


@pytest.mark.parametrize("part", ["data", "stringData"])
def test_secret_values_are_kept_as_digests(part: str) -> None:
    """The world knows whether a value changed, and knows no value."""
    world = with_api()
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "default"},
        part: {"token": Secret("hunter2-canary")},
    }
    first = apply(world, manifest)
    assert first["data"]["token"].startswith("sha256:")
    assert "stringData" not in first
    assert "hunter2-canary" not in to_json(world)
    assert apply(world, manifest, dry_run=True)["data"] == first["data"]
    other = apply(world, {**manifest, part: {"token": Secret("another")}}, dry_run=True)
    assert other["data"] != first["data"]


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (config_map({}, namespace="nowhere"), 'namespaces "nowhere" not found'),
        ({"apiVersion": "x.example/v1", "kind": "Thing", "metadata": {"name": "t"}}, 'no matches for kind "Thing"'),
    ],
    ids=["namespace", "kind"],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_is_not_there_is_named(manifest: Manifest, sentence: str, dry_run: bool) -> None:
    """Neither namespaces nor kinds are made up on the way."""
    with pytest.raises(Permanent, match=sentence):
        apply(with_api(), manifest, dry_run=dry_run)


def test_definitions_are_established_then_served() -> None:
    """Established comes a moment after the apply, and discovery a moment after that."""
    world = with_api()
    kind = Kind("example.org/v1", "Widget")
    apply(world, definition("example.org/v1 Widget"), force=True)
    seen: list[tuple[bool, bool]] = []
    for _ in range(20):
        stored = world.objects["apiextensions.k8s.io/v1/CustomResourceDefinition"]["widgets.example.org"]
        served = on_kubernetes(world, lambda kubernetes: kubernetes.serves(kind))
        now = ("status" in stored, served)
        if now not in seen:
            seen.append(now)
        run_until(world, world.now + 0.5)
    assert seen == [(False, False), (True, False), (True, True)]
    apply(world, {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}})


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("a.org/v1 Widget", "widgets.a.org"),
        ("a.org/v1 Policy", "policies.a.org"),
        ("a.org/v1 GatewayClass", "gatewayclasses.a.org"),
        ("a.org/v1 Gateway", "gateways.a.org"),
    ],
)
def test_definitions_are_named_by_plural_and_group(spec: str, name: str) -> None:
    """As Kubernetes names them."""
    assert definition(spec)["metadata"]["name"] == name


CERTIFICATE: Manifest = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Certificate",
    "metadata": {"name": "c", "namespace": "default"},
    "spec": {},
}


def answers_of_the_webhook(seed: int) -> list[str]:
    """What a dry run of a Certificate meets from the sync of cert-manager on, each sentence once."""
    world = with_releases("cilium", "coredns", seed=seed)
    do(world, lambda site: sync(site, "cert-manager"))
    seen: list[str] = []
    for _ in range(120):
        run_until(world, world.now + 0.5)
        try:
            apply(world, CERTIFICATE, dry_run=True)
            sentence = "answers"
        except (Transient, Permanent) as error:
            sentence = error.sentence.rpartition(": ")[2]
        if sentence not in seen:
            seen.append(sentence)
    return seen


def test_a_webhook_that_is_not_trusted_fails_certificates() -> None:
    """Without a pod, then without a CA, it fails for now; with both it answers. Which comes last differs by world, and
    in some the Deployments are ready while the CA is not injected (failure 31)."""
    seen = [answers_of_the_webhook(seed) for seed in range(1, 9)]
    assert {answers[-1] for answers in seen} == {"answers"}
    assert all("no endpoints available for service" in answers for answers in seen)
    assert any("certificate signed by unknown authority" in answers for answers in seen)


def test_a_lost_answer_leaves_the_object() -> None:
    """The client sees a broken connection; the object is there."""
    world = inject(with_api(), [Fault("lost-after", "ConfigMap/one", call="kubernetes-apply")])
    with pytest.raises(Transient, match="before the answer came"):
        apply(world, config_map({"a": "1"}))
    assert get(world) is not None
