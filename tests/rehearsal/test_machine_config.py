"""Machine configs as the simulated Talos reads them: merged and validated."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from rehearsal.machine_config import cluster_fingerprint, complaints, facts, merged
from rehearsal.strategic_merge import merged as merge
from steps.site import Site
from tests.rehearsal.worlds import bare, cluster_of, do, node_of


@pytest.mark.parametrize(
    ("base", "patch", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"certSANs": ["a"]}, {"certSANs": ["b"]}, {"certSANs": ["a", "b"]}),
        ({"podSubnets": ["10.0.0.0/8"]}, {"podSubnets": ["fd00::/8"]}, {"podSubnets": ["fd00::/8"]}),
        ({"serviceSubnets": ["a"]}, {"serviceSubnets": ["b"]}, {"serviceSubnets": ["b"]}),
        ({"auditPolicy": {"a": 1}}, {"auditPolicy": {"b": 2}}, {"auditPolicy": {"b": 2}}),
        ({"a": {"x": 1}}, {"a": {"$patch": "delete"}}, {}),
        ({"a": [1]}, {"a": None}, {"a": None}),
        ({}, {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}),
    ],
)
def test_patches_merge_as_talos_merges_them(base: dict[str, Any], patch: dict[str, Any], expected: Any) -> None:
    """Mappings merge, lists append, some are replaced, and a mapping can be deleted."""
    before = repr((base, patch))
    assert merge(base, patch) == expected
    assert repr((base, patch)) == before


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        ({"interface": "eth0", "mtu": 1}, {"interface": "eth0", "dhcp": True}, 1),
        ({"interface": "eth0"}, {"interface": "eth1"}, 2),
        ({"deviceSelector": {"hardwareAddr": "a"}}, {"deviceSelector": {"hardwareAddr": "a"}, "dhcp": True}, 1),
        ({"deviceSelector": {"hardwareAddr": "a"}}, {"deviceSelector": {"hardwareAddr": "b"}}, 2),
        ({"interface": "eth0"}, {"deviceSelector": {"hardwareAddr": "b"}}, 2),
    ],
)
def test_interfaces_merge_where_they_mean_one_device(mine: Any, theirs: Any, together: int) -> None:
    """By name or by selector; others stand beside each other."""
    found = merge({"interfaces": [mine]}, {"interfaces": [theirs]})["interfaces"]
    assert len(found) == together
    assert found[0] == ({**mine, **theirs} if together == 1 else mine)


@pytest.mark.parametrize("name", [node.name for node in cluster_of().nodes])
def test_every_nodes_config_is_valid_and_the_nodes_own(name: str) -> None:
    """Base and patch of the tree make a config that Talos takes, with the node's host name and role."""

    async def work(site: Site) -> str:
        config = await site.machine_config(site.node(name))
        assert await site.estate.talos.validate(config) == ()
        return config.reveal()

    found = facts(do(bare(), work))
    assert found.hostname == name
    assert found.kind == ("controlplane" if node_of(name).role == "control-plane" else "worker")
    assert found.etcd_ca is (node_of(name).role == "control-plane")


def test_all_nodes_of_a_cluster_have_one_identity() -> None:
    """Cluster id and both CAs are the same in every config, and those that the vault's references say."""

    async def work(site: Site) -> tuple[set[tuple[str, ...]], tuple[str, ...]]:
        found = {_identity((await site.machine_config(node)).reveal()) for node in site.nodes}
        wanted = await site.identity()
        return found, (cluster_fingerprint(wanted.cluster_id), wanted.talos_ca_fingerprint, wanted.ca_fingerprint)

    found, wanted = do(bare(), work)
    assert found == {wanted}


def _identity(config: str) -> tuple[str, ...]:
    known = facts(config)
    return known.cluster_id, known.talos_ca, known.cluster_ca


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [", "just text"])
def test_what_is_no_mapping_is_no_config(text: str) -> None:
    """Said without quoting it, by validation as by merging."""
    assert complaints(text) == ("the machine config is not a YAML document with a mapping at its top",)
    with pytest.raises(ValueError, match="not a YAML document"):
        merged("a: 1", text)


def test_a_patch_that_is_no_mapping_is_permanent() -> None:
    """The port says it in the taxonomy, with a next action."""

    async def work(site: Site) -> None:
        with pytest.raises(Permanent, match="not a YAML document"):
            await site.estate.talos.merge(Secret("a: 1"), Secret("- b"))

    do(bare(), work)


def config(name: str = "k8s-1") -> dict[str, Any]:
    async def work(site: Site) -> str:
        return (await site.machine_config(site.node(name))).reveal()

    document: dict[str, Any] = yaml.safe_load(do(bare(), work))
    return document


def without(document: dict[str, Any], path: str) -> str:
    inner: Any = document
    *above, last = path.split(".")
    for part in above:
        inner = inner[part]
    del inner[last]
    return yaml.safe_dump(document)


@pytest.mark.parametrize(
    ("name", "path", "sentence"),
    [
        ("k8s-1", "version", "version is not v1alpha1"),
        ("k8s-1", "machine.type", "machine.type is neither"),
        ("k8s-1", "machine.token", "machine.token is missing"),
        ("k8s-1", "machine.ca.crt", "machine.ca.crt is missing"),
        ("k8s-1", "machine.ca.key", "machine.ca.key is missing"),
        ("k8s-1", "cluster.id", "cluster.id is missing"),
        ("k8s-1", "cluster.ca.crt", "cluster.ca.crt is missing"),
        ("k8s-1", "cluster.etcd", "cluster.etcd.ca.crt is missing"),
        ("k8s-1", "cluster.controlPlane.endpoint", "cluster.controlPlane.endpoint is missing"),
        ("k8s-4", "machine.install.diskSelector", "machine.install names no disk"),
    ],
)
def test_what_is_missing_is_named(name: str, path: str, sentence: str) -> None:
    """One sentence for each, and no value in any of them."""
    found = complaints(without(config(name), path))
    assert any(sentence in complaint for complaint in found)
    assert "BEGIN" not in " ".join(found)


def test_a_worker_needs_no_keys() -> None:
    """What only a control plane must have is not asked of a worker."""
    document = config("k8s-4")
    assert "etcd" not in document["cluster"]
    assert complaints(yaml.safe_dump(document)) == ()


def test_an_installer_without_a_version_is_refused() -> None:
    """An image reference that a template left half empty (failure 8)."""
    document = config()
    document["machine"]["install"]["image"] = "factory.talos.dev/metal-installer/abc:"
    assert "machine.install.image has no version" in complaints(yaml.safe_dump(document))
