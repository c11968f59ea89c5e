"""The Kubernetes API of the simulated world: when it answers, what it shows, who may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bootstrap.errors import Refused, Transient
from bootstrap.secret import Secret
from estate.kubernetes import ClusterIdentity, Kind, Kubernetes, Manifest, ObjectRef
from rehearsal.canonical import settle
from rehearsal.faults import Fault, inject
from rehearsal.transitions import run_until
from rehearsal.world import World
from steps.kinds import DEFINITION, NODE, POD
from steps.site import Site
from tests.rehearsal.worlds import begin_etcd, cluster_of, configured, do, on_kubernetes, with_api, with_releases

NAMESPACE = Kind("v1", "Namespace")
VIP = str(cluster_of().endpoint.vip)


def get(world: World, ref: ObjectRef) -> Manifest | None:
    return on_kubernetes(world, lambda kubernetes: kubernetes.get(ref))


def listed(world: World, kind: Kind, namespace: str | None = None, **labels: str) -> list[str]:
    async def work(kubernetes: Kubernetes) -> Sequence[Manifest]:
        return await kubernetes.list(kind, namespace, labels or None)

    return [obj["metadata"]["name"] for obj in on_kubernetes(world, work)]


def ready(world: World, address: str) -> str:
    return on_kubernetes(world, lambda kubernetes: kubernetes.ready(address))


def test_each_api_server_comes_up_by_itself_then_the_vip() -> None:
    """Nobody answers for another: the virtual address is up only when a control plane holds it."""
    world = configured()
    do(world, begin_etcd)
    up: dict[str, float] = {}
    for _ in range(300):
        run_until(world, world.now + 0.5)
        for machine in world.machines.values():
            if machine.serves_api:
                up.setdefault(machine.name, world.now)
        if world.vip_up:
            up.setdefault("vip", world.now)
    assert sorted(up) == ["k8s-1", "k8s-2", "k8s-3", "vip"]
    assert up["k8s-1"] < min(up["k8s-2"], up["k8s-3"], up["vip"])


def test_an_api_server_that_is_ready_says_nothing() -> None:
    """The empty sentence is for the addresses that serve; any other gets a reason."""
    world = with_api()
    assert [ready(world, address) for address in ("10.11.0.11", "10.11.0.12", "10.11.0.13", VIP)] == [""] * 4
    assert ready(world, "10.11.0.14") == "connection refused"
    assert ready(world, "10.99.99.99") == "connection refused"


def test_a_cluster_without_etcd_quorum_has_no_api() -> None:
    """Two dead control planes: the third's API server runs, and is not ready."""
    world = with_api()
    faults = [Fault("node-dies", name, at=world.now + 1) for name in ("k8s-2", "k8s-3")]
    inject(world, faults)
    run_until(world, world.now + 2)
    assert ready(world, "10.11.0.11") == "etcd has no quorum"
    with pytest.raises(Transient, match="does not answer"):
        listed(world, NODE)


def test_one_dead_control_plane_does_not_stop_the_api() -> None:
    """The virtual address moves; only the dead one is not ready."""
    world = with_api()
    inject(world, [Fault("node-dies", "k8s-1", at=world.now + 1)])
    run_until(world, world.now + 2)
    assert ready(world, "10.11.0.11") == "connection refused"
    assert ready(world, VIP) == ""
    assert len(listed(world, NODE)) == 6


def test_an_api_that_flaps_is_away_for_a_while() -> None:
    """Every question is transient while it lasts, then all is as before."""
    world = with_api()
    inject(world, [Fault("api-flaps", at=world.now + 1, for_s=30)])
    run_until(world, world.now + 2)
    assert ready(world, VIP) == "connection refused"
    for work in (
        lambda kubernetes: kubernetes.get(ObjectRef(NODE, "k8s-1")),
        lambda kubernetes: kubernetes.list(NODE),
        lambda kubernetes: kubernetes.serves(NODE),
    ):
        with pytest.raises(Transient):
            on_kubernetes(world, work)
    run_until(world, world.now + 31)
    assert get(world, ObjectRef(NODE, "k8s-1")) is not None


def test_a_kubeconfig_of_another_cluster_is_refused() -> None:
    """The kubeconfig's CA must be the identity's, whatever the context is called."""

    async def work(site: Site) -> None:
        kubeconfig = await site.estate.workstation.read_private(site.cluster.files.kubeconfig)
        assert kubeconfig is not None
        with pytest.raises(Refused, match="kubeconfig's CA is not the vault's"):
            await site.estate.kubernetes.connect(kubeconfig, ClusterIdentity("id", "0" * 64, "0" * 64))

    do(with_api(), work)


def test_another_cluster_behind_the_endpoint_is_refused() -> None:
    """When what answers shows another CA, nothing is read from it and nothing written."""
    world = with_api()
    for machine in world.machines.values():
        machine.cluster_ca = "f" * 64
    with pytest.raises(Refused, match="shows another CA"):
        listed(world, NODE)


def test_a_new_cluster_has_its_namespaces() -> None:
    """kube-system and its like are there from the first answer, each with a uid."""
    world = with_api()
    assert {"default", "kube-system", "kube-public"} <= set(listed(world, NAMESPACE))
    found = get(world, ObjectRef(NAMESPACE, "kube-system"))
    assert found is not None
    assert found["metadata"]["uid"]


def test_nodes_register_without_a_network() -> None:
    """Every machine becomes a node: not Ready, no network, with Cilium's taint; control planes keep theirs."""
    world = with_api()
    assert sorted(listed(world, NODE)) == [f"k8s-{n}" for n in range(1, 7)]
    for name in ("k8s-1", "k8s-4"):
        node = get(world, ObjectRef(NODE, name))
        assert node is not None
        conditions = {c["type"]: c["status"] for c in node["status"]["conditions"]}
        assert conditions == {"Ready": "False", "NetworkUnavailable": "True"}
        taints = {taint["key"] for taint in node["spec"]["taints"]}
        assert "node.cilium.io/agent-not-ready" in taints
        assert ("node-role.kubernetes.io/control-plane" in taints) is (name == "k8s-1")


def test_cilium_makes_nodes_ready() -> None:
    """With its agent on a node, the node is Ready, has a network and a CiliumNode, and the taint is gone."""
    world = with_releases("cilium")
    for node in on_kubernetes(world, lambda kubernetes: kubernetes.list(NODE)):
        assert {c["type"]: c["status"] for c in node["status"]["conditions"]} == {
            "Ready": "True",
            "NetworkUnavailable": "False",
        }
        assert not any("cilium" in taint["key"] for taint in node["spec"]["taints"])
    assert len(listed(world, Kind("cilium.io/v2", "CiliumNode"))) == 6
    assert all(machine.node_ready for machine in world.machines.values())


def test_lists_are_of_a_namespace_and_by_labels() -> None:
    """Without a namespace all of them; with labels only those that carry all of them."""
    world = with_releases("cilium", "coredns")
    everywhere = listed(world, POD)
    assert set(listed(world, POD, "kube-system")) == set(everywhere)
    assert listed(world, POD, "default") == []
    dns = listed(world, POD, **{"app.kubernetes.io/name": "coredns"})
    assert len(dns) == 2
    assert set(dns) < set(everywhere)
    assert listed(world, POD, **{"app.kubernetes.io/name": "coredns", "more": "x"}) == []


def test_a_kind_that_nobody_serves_is_an_empty_list() -> None:
    """Asking for it is no error, and discovery does not list it."""
    world = with_api()
    kind = Kind("cert-manager.io/v1", "Certificate")
    assert listed(world, kind) == []
    assert not on_kubernetes(world, lambda kubernetes: kubernetes.serves(kind))
    assert on_kubernetes(world, lambda kubernetes: kubernetes.serves(DEFINITION))


def test_a_watch_hears_of_its_kinds_only() -> None:
    """A change of a namespace wakes who watches namespaces, and nobody who watches nodes."""
    world = with_api()

    async def work(kubernetes: Kubernetes) -> list[str]:
        heard: list[str] = []

        async def watch(kind: Kind) -> None:
            async for _ in kubernetes.changes(kind):
                heard.append(kind.kind)  # noqa: PERF401 - it never ends

        tasks = [asyncio.create_task(watch(kind)) for kind in (NAMESPACE, NODE)]
        await asyncio.sleep(1)
        await kubernetes.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}})
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        return heard

    assert on_kubernetes(world, work) == ["Namespace"]


def test_a_dead_node_is_not_ready_after_its_grace_time() -> None:
    """The node controller waits; then the node is Unknown, and comes back with its machine."""
    world = with_releases("cilium")
    inject(world, [Fault("node-dies", "k8s-5", at=world.now + 1, for_s=200)])

    def state() -> str:
        node: Any = get(world, ObjectRef(NODE, "k8s-5"))
        return str(next(c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"))

    run_until(world, world.now + 20)
    assert state() == "True"
    run_until(world, world.now + 30)
    assert state() == "Unknown"
    settle(world)
    assert state() == "True"


def test_a_kubeconfig_carries_no_more_than_asked() -> None:
    """The fetched file is a kubeconfig for the endpoint, as one secret value."""

    async def work(site: Site) -> Secret | None:
        return await site.estate.workstation.read_private(site.cluster.files.kubeconfig)

    found = do(with_api(), work)
    assert isinstance(found, Secret)
    assert f"server: https://{VIP}:6443" in found.reveal()
