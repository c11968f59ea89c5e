"""Contracts of the Kubernetes port."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bootstrap.clock import Clock
from bootstrap.errors import Permanent, Refused
from bootstrap.secret import Secret
from estate.kubernetes import Kind, ObjectRef, ref_of
from steps.kinds import DEFINITION, NODE
from steps.site import Site
from tests.contracts.bench import Contract
from tests.contracts.life import Span, Stage
from tests.contracts.raising import eventually, kind_of, with_api

CONFIG_MAP = Kind("v1", "ConfigMap")
NAMESPACE = Kind("v1", "Namespace")


def config_map(name: str, value: str, namespace: str = "default") -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace, "labels": {"contract": name}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"value": value}}


async def every_api_server_says_whether_it_is_ready(site: Site, clock: Clock) -> None:
    """Control planes and the virtual address become ready; an address without an API server has a sentence."""
    kubernetes = await with_api(site, clock)
    for address in [str(node.address) for node in site.control_planes] + [str(site.cluster.endpoint.vip)]:
        await eventually(clock, partial(kubernetes.ready, address), lambda answer: answer == "")
    worker = next(node for node in site.nodes if node.role == "worker")
    assert await kubernetes.ready(str(worker.address)) != ""


async def a_foreign_kubeconfig_is_refused(site: Site, clock: Clock) -> None:
    """The identity decides, not the context's name."""
    await with_api(site, clock)
    kubeconfig, identity = await site.kubeconfig(), await site.identity()
    with pytest.raises(Refused):
        await site.estate.kubernetes.connect(kubeconfig, replace(identity, ca_fingerprint="0" * 64))


async def what_is_not_there_is_none(site: Site, clock: Clock) -> None:
    """A missing object is None, and a kind that nobody serves is an empty list."""
    kubernetes = await with_api(site, clock)
    assert await kubernetes.get(ObjectRef(CONFIG_MAP, "nobody", "default")) is None
    assert await kubernetes.list(Kind("nothing.example/v1", "Nothing")) == []
    assert not await kubernetes.serves(Kind("nothing.example/v1", "Nothing"))
    assert await kubernetes.serves(DEFINITION)


async def what_is_applied_can_be_read(site: Site, clock: Clock) -> None:
    """By reference, by namespace and by labels; with uid, and the same again changes nothing."""
    kubernetes = await with_api(site, clock)
    made = await kubernetes.apply(config_map("one", "1"))
    assert made["metadata"]["uid"]
    version = made["metadata"]["resourceVersion"]
    found = await kubernetes.get(ref_of(made))
    assert found is not None
    assert found["data"] == {"value": "1"}
    again = await kubernetes.apply(config_map("one", "1"))
    assert again["metadata"]["resourceVersion"] == version
    await kubernetes.apply(config_map("two", "2"))
    labelled = await kubernetes.list(CONFIG_MAP, "default", {"contract": "one"})
    assert [obj["metadata"]["name"] for obj in labelled] == ["one"]
    assert await kubernetes.list(CONFIG_MAP, "kube-public", {"contract": "one"}) == []


async def a_dry_run_leaves_nothing(site: Site, clock: Clock) -> None:
    """It answers with what would be."""
    kubernetes = await with_api(site, clock)
    assert (await kubernetes.apply(config_map("dry", "1"), dry_run=True))["data"] == {"value": "1"}
    assert await kubernetes.get(ObjectRef(CONFIG_MAP, "dry", "default")) is None


async def a_dry_run_sees_drift_of_a_secret(site: Site, clock: Clock) -> None:
    """Equal to what is there for the same values, and not for others."""
    kubernetes = await with_api(site, clock)

    def secret(value: str) -> dict[str, Any]:
        meta = {"name": "seed", "namespace": "default"}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"token": Secret(value)}}

    await kubernetes.apply(secret("a"))
    found = await kubernetes.get(ObjectRef(Kind("v1", "Secret"), "seed", "default"))
    assert found is not None
    assert (await kubernetes.apply(secret("a"), dry_run=True))["data"] == found["data"]
    assert (await kubernetes.apply(secret("b"), dry_run=True))["data"] != found["data"]


async def a_missing_namespace_is_permanent(site: Site, clock: Clock) -> None:
    """Nobody makes it on the way."""
    kubernetes = await with_api(site, clock)
    with pytest.raises(Permanent):
        await kubernetes.apply(config_map("lost", "1", namespace="nowhere"))


async def definitions_come_to_be_served(site: Site, clock: Clock) -> None:
    """Every definition of the first helmfile, applied by force, is established and listed by discovery."""
    kubernetes = await with_api(site, clock)
    release = site.tree.crds[0]
    definitions = await site.crds(release.name)
    for definition in definitions:
        await kubernetes.apply(definition, force=True)
    for definition in definitions:
        await eventually(clock, partial(kubernetes.serves, kind_of(definition)), bool)


async def nodes_wait_for_a_network(site: Site, clock: Clock) -> None:
    """Without a CNI every node is registered by its name and not Ready."""
    kubernetes = await with_api(site, clock)
    nodes = await kubernetes.list(NODE)
    assert {node["metadata"]["name"] for node in nodes} == {node.name for node in site.nodes}
    for node in nodes:
        ready = [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"]
        assert ready != ["True"]


async def kube_system_has_a_uid(site: Site, clock: Clock) -> None:
    """By it a generation is known again."""
    kubernetes = await with_api(site, clock)
    found = await kubernetes.get(ObjectRef(NAMESPACE, "kube-system"))
    assert found is not None
    assert found["metadata"]["uid"]


async def watchers_hear_of_an_object(site: Site, clock: Clock) -> None:
    """A watch on its kind yields after an object was applied."""
    kubernetes = await with_api(site, clock)
    heard = asyncio.Event()

    async def watch() -> None:
        async for _ in kubernetes.changes(CONFIG_MAP):
            if await kubernetes.get(ObjectRef(CONFIG_MAP, "heard", "default")) is not None:
                heard.set()

    watching = asyncio.create_task(watch())
    await clock.sleep(1)
    assert not heard.is_set()
    await kubernetes.apply(config_map("heard", "1"))
    async with asyncio.timeout(120):
        await heard.wait()
    watching.cancel()


CONTRACTS: dict[Contract, Span] = {
    every_api_server_says_whether_it_is_ready: Span(Stage.INSTALLED, Stage.API),
    a_foreign_kubeconfig_is_refused: Span(Stage.INSTALLED, Stage.API),
    what_is_not_there_is_none: Span(Stage.INSTALLED, Stage.API),
    what_is_applied_can_be_read: Span(Stage.INSTALLED, Stage.API),
    a_dry_run_leaves_nothing: Span(Stage.INSTALLED, Stage.API),
    a_dry_run_sees_drift_of_a_secret: Span(Stage.INSTALLED, Stage.API),
    a_missing_namespace_is_permanent: Span(Stage.INSTALLED, Stage.API),
    definitions_come_to_be_served: Span(Stage.INSTALLED, Stage.API),
    nodes_wait_for_a_network: Span(Stage.SEEDED, Stage.API),
    kube_system_has_a_uid: Span(Stage.INSTALLED, Stage.API),
    watchers_hear_of_an_object: Span(Stage.INSTALLED, Stage.API),
}
