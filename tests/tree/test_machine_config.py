"""Rendered machine configs: what must stand in them before they may reach a machine (rule 11)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from inventory.model import Identity
from tests.tree.samples import FILES, MINIJINJA, SCHEMATIC, TREE, cluster, write
from tree import identity, merge
from tree.machine_config import Role, problems
from tree.template import Templates
from tree.variables import variables

CONTROL_PLANE: Role = "control-plane"
WORKER: Role = "worker"
PATCH = "machine: {install: {disk: /dev/nvme0n1}}\n"


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> dict[Role, str]:
    """The sample's rendered base config by role."""
    root = write(tmp_path_factory.mktemp("tree"), {**FILES, ".minijinja.toml": MINIJINJA})
    name = f"{TREE}/talos/machineconfig.yaml.j2"
    return {node.role: Templates(root).render(name, variables(cluster(), node)) for node in cluster().nodes}


def changed(config: str, path: str, value: Any) -> str:
    """The config with another value at a dotted path; None removes."""
    document = yaml.safe_load(config)
    *parents, last = path.split(".")
    place = document
    for part in parents:
        place = place.setdefault(part, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return yaml.safe_dump(document)


@pytest.mark.parametrize("role", [CONTROL_PLANE, WORKER])
def test_a_right_config_has_no_problem(configs: dict[Role, str], role: Role) -> None:
    """For both roles."""
    assert problems(configs[role], role, patch=PATCH, talos_version="v1.11.5") == ()


BOTH = [
    "machine.token",
    "machine.ca.crt",
    "cluster.id",
    "cluster.secret",
    "cluster.token",
    "cluster.ca.crt",
    "cluster.controlPlane.endpoint",
]
CONTROL_PLANE_ONLY = [
    "machine.ca.key",
    "cluster.ca.key",
    "cluster.etcd.ca.crt",
    "cluster.etcd.ca.key",
    "cluster.aggregatorCA.crt",
    "cluster.aggregatorCA.key",
    "cluster.serviceAccount.key",
]


@pytest.mark.parametrize("value", [None, "", 7])
@pytest.mark.parametrize("path", [*BOTH, *CONTROL_PLANE_ONLY])
def test_rule_11_a_control_plane_without_a_secret(configs: dict[Role, str], path: str, value: Any) -> None:
    """Missing, empty and not a text are each one problem that names the field: etcd's CA above all."""
    (problem,) = problems(changed(configs[CONTROL_PLANE], path, value), CONTROL_PLANE, patch=PATCH)
    assert problem.what == f"`{path}` of a control-plane is empty or missing"


@pytest.mark.parametrize("path", BOTH)
def test_rule_11_a_worker_without_a_secret(configs: dict[Role, str], path: str) -> None:
    """A worker needs fewer, and all of them."""
    (problem,) = problems(changed(configs[WORKER], path, None), WORKER, patch=PATCH)
    assert problem.what == f"`{path}` of a worker is empty or missing"


def test_a_control_plane_without_any_etcd(configs: dict[Role, str]) -> None:
    """The whole section gone is told for both of its fields."""
    found = problems(changed(configs[CONTROL_PLANE], "cluster.etcd", None), CONTROL_PLANE, patch=PATCH)
    assert [problem.what.split("`")[1] for problem in found] == ["cluster.etcd.ca.crt", "cluster.etcd.ca.key"]


@pytest.mark.parametrize(
    "image",
    ["", None, "registry.k8s.io/kube-apiserver:", "registry.k8s.io/:v1", ":v1", "a//b:v1", "a@sha256:", "a b", 7, []],
)
def test_rule_11_an_empty_image(configs: dict[Role, str], image: Any) -> None:
    """Wherever it stands: a variable that was empty leaves one of these behind."""
    document = yaml.safe_load(configs[CONTROL_PLANE])
    document["cluster"]["apiServer"]["image"] = image
    (problem,) = problems(yaml.safe_dump(document), CONTROL_PLANE, patch=PATCH)
    assert problem.what == f"`cluster.apiServer.image` is {image!r}"


@pytest.mark.parametrize(
    "image",
    [
        "kubelet",
        "ghcr.io/siderolabs/kubelet:v1.34.4",
        "registry.internal:5000/a/b:v1",
        f"ghcr.io/a@sha256:{'0a' * 32}",
        f"ghcr.io/a:v1@sha256:{'0a' * 32}",
    ],
)
def test_image_references_of_all_shapes_are_right(configs: dict[Role, str], image: str) -> None:
    """Ports, tags and digests."""
    text = changed(configs[WORKER], "machine.kubelet", {"image": image})
    assert problems(text, WORKER, patch=PATCH) == ()


def test_images_in_lists_and_further_documents_are_seen(configs: dict[Role, str]) -> None:
    """An extension's image is an image too."""
    text = changed(configs[WORKER], "machine.pods", [{"spec": {"containers": [{"image": ""}]}}])
    found = problems(f"{text}---\nkind: Extra\nimage: ''\n", WORKER, patch=PATCH)
    assert [problem.what.split("`")[1] for problem in found] == ["machine.pods[0].spec.containers[0].image", "image"]


@pytest.mark.parametrize(
    ("image", "part"),
    [
        ("factory.talos.dev/metal-installer/:v1.11.5", "is 'factory.talos.dev/metal-installer/:v1.11.5'"),
        ("factory.talos.dev/metal-installer/null:v1.11.5", "schematic of `machine.install.image` is 'null'"),
        (f"factory.talos.dev/metal-installer/{SCHEMATIC}:v1.10.0", "installs 'v1.10.0'"),
        (f"factory.talos.dev/metal-installer/{SCHEMATIC}:", "factory.talos.dev/metal-installer"),
    ],
)
def test_failure_8_and_5_the_installers_image(configs: dict[Role, str], image: str, part: str) -> None:
    """A schematic that is none, and a version that is not the inventory's."""
    text = changed(configs[WORKER], "machine.install.image", image)
    assert any(part in found.what for found in problems(text, WORKER, patch=PATCH, talos_version="v1.11.5"))


def test_a_missing_installer_image(configs: dict[Role, str]) -> None:
    """Talos would take its own default, without the schematic's extensions."""
    (problem,) = problems(changed(configs[WORKER], "machine.install.image", None), WORKER, patch=PATCH)
    assert problem.what == "`machine.install.image` is missing"


@pytest.mark.parametrize("patch", ["", "machine: {install: {disk: ''}}\n", "machine: {install: {diskSelector: {}}}\n"])
def test_a_node_without_an_install_disk(configs: dict[Role, str], patch: str) -> None:
    """Which disk is overwritten is never a default."""
    (problem,) = problems(configs[WORKER], WORKER, patch=patch)
    assert problem.what == "the install disk is not named"


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("cluster.network.cni.name", "flannel", "`cluster.network.cni.name` is 'flannel'"),
        ("cluster.network", None, "`cluster.network.cni.name` is None"),
        ("machine.features.kubePrism.enabled", False, "KubePrism is off"),
        ("machine.features", None, "KubePrism is off"),
        ("cluster.proxy.disabled", False, "kube-proxy is on"),
        ("cluster.proxy", None, "kube-proxy is on"),
    ],
)
def test_failure_24_what_cilium_needs_of_talos(configs: dict[Role, str], path: str, value: Any, part: str) -> None:
    """Only where Cilium is a release of the tree."""
    text = changed(configs[CONTROL_PLANE], path, value)
    (problem,) = problems(text, CONTROL_PLANE, patch=PATCH)
    assert part in problem.what
    assert problems(text, CONTROL_PLANE, patch=PATCH, cilium=False) == ()


def test_the_type_must_be_the_inventorys(configs: dict[Role, str]) -> None:
    """A worker that joins as a control plane would join etcd."""
    found = problems(changed(configs[WORKER], "machine.type", "controlplane"), WORKER, patch=PATCH)
    assert [problem.what for problem in found] == ["`machine.type` is 'controlplane'"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a: [1\nb: 2\n", "it is not YAML"),
        ("- op: replace\n", "is not a mapping"),
        ("", "it has 0 documents with `machine`"),
        ("machine: {}\n---\nkind: X\nmachine: {}\n", "it has 2 documents with `machine`"),
    ],
)
def test_texts_that_are_no_machine_config(text: str, part: str) -> None:
    """One sentence, no traceback."""
    (problem,) = problems(text, WORKER, place="x.j2")
    assert problem.place == "x.j2"
    assert part in problem.what


def test_a_broken_patch(configs: dict[Role, str]) -> None:
    """A JSON patch cannot be merged, and neither can broken YAML."""
    for patch in ("- op: add\n", "a: [1\nb: 2\n"):
        assert len(problems(configs[WORKER], WORKER, patch=patch)) == 1


@pytest.mark.parametrize(
    ("below", "above", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1]}, {"a": [2]}, {"a": [1, 2]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}, "c": 1}, {"a": {"$patch": "delete"}}, {"c": 1}),
        ({}, {"a": {"$patch": "delete"}}, {}),
    ],
)
def test_patches_merge_as_talos_merges_them(below: Any, above: Any, expected: Any) -> None:
    """Mappings merge, lists are appended, the delete directive deletes; nothing is changed in place."""
    before = yaml.safe_dump(below)
    assert merge.over(below, above) == expected
    assert yaml.safe_dump(below) == before


def test_documents_merge_by_kind_and_name() -> None:
    """A patch of several documents finds its partners; new ones are added."""
    base: list[merge.Document] = [{"machine": {"a": 1}}, {"kind": "X", "name": "x", "b": 1}]
    patch: list[merge.Document] = [
        {"kind": "X", "name": "x", "b": 2},
        {"kind": "X", "name": "y"},
        {"machine": {"c": 1}},
    ]
    assert merge.merged(base, patch) == (
        {"machine": {"a": 1, "c": 1}},
        {"kind": "X", "name": "x", "b": 2},
        {"kind": "X", "name": "y"},
    )


IDENTITY: Identity = cluster().identity
TALOSCONFIG = "context: a\ncontexts:\n  a: {ca: op://alpha/talos/MACHINE_CA_CRT}\n"


def test_failure_12_the_identity_is_the_inventorys(configs: dict[Role, str]) -> None:
    """No problem in the sample, also when the reference is spelt in another case."""
    assert list(identity.problems(configs[CONTROL_PLANE], IDENTITY, "x")) == []
    other = configs[CONTROL_PLANE].replace("talos/CLUSTER_ID", "Talos/cluster_id")
    assert list(identity.problems(other, IDENTITY, "x")) == []
    assert list(identity.talosconfig_problems(TALOSCONFIG, IDENTITY, "x")) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [("cluster.id", "cluster_id"), ("machine.ca.crt", "talos_ca"), ("cluster.ca.crt", "kubernetes_ca")],
)
@pytest.mark.parametrize("value", ["op://alpha/old-talos/CA", "LS0tLS1CRUdJTg=="])
def test_failure_12_another_identity(configs: dict[Role, str], path: str, name: str, value: str) -> None:
    """Another CA than the inventory's is found before any machine has it, and a literal one is not shown."""
    (problem,) = identity.problems(changed(configs[WORKER], path, value), IDENTITY, "x.j2")
    assert f"`{path}` is" in problem.what
    assert f"identity.{name}" in problem.expected
    assert "LS0tLS1CRUdJTg==" not in str(problem)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (TALOSCONFIG.replace("MACHINE_CA", "OTHER_CA"), "`contexts.a.ca` is op://alpha/talos/OTHER_CA_CRT"),
        (TALOSCONFIG.replace("context: a\n", "context: b\n"), "the context 'b' is not defined"),
        ("context: a\n", "the context 'a' is not defined"),
        ("a: [1\nb: 2\n", "it is not YAML"),
    ],
)
def test_failure_12_a_talosconfig_of_another_ca(text: str, part: str) -> None:
    """Otherwise bootstrapping etcd ends with `certificate signed by unknown authority`."""
    (problem,) = identity.talosconfig_problems(text, IDENTITY, "x.j2")
    assert part in problem.what
