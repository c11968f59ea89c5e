"""What a chart applies beside workloads and definitions, and what its controllers make of it later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rehearsal import definitions, flux_life, objects
from rehearsal.api_life import node_has_network
from rehearsal.chart_catalog import CILIUM_KINDS
from rehearsal.objects import ENDPOINT_SLICE, SERVICE, WEBHOOK, new, put
from rehearsal.world import World

CILIUM_NODE = "cilium.io/v2/CiliumNode"
Applied = list[list[str | None]]
"""References as [kind, name, namespace]."""


def dns_service(world: World, namespace: str) -> Applied:
    if objects.find(world, SERVICE, f"{namespace}/kube-dns") is None:
        put(world, SERVICE, new(SERVICE, namespace, "kube-dns", spec={"clusterIP": "10.43.0.10", "type": "ClusterIP"}))
    return [[SERVICE, "kube-dns", namespace]]


def dns_endpoint(world: World, name: str, node: str) -> None:
    """A CoreDNS pod is ready: the endpoint slice of kube-dns lists it."""
    namespace = name.partition("/")[0]
    found = objects.find(world, ENDPOINT_SLICE, f"{namespace}/kube-dns-1")
    endpoint = {"addresses": [f"10.42.0.{world.serial % 250 + 2}"], "conditions": {"ready": True}, "nodeName": node}
    if found is None:
        found = new(ENDPOINT_SLICE, namespace, "kube-dns-1", addressType="IPv4", endpoints=[])
        found["metadata"]["labels"] = {"kubernetes.io/service-name": "kube-dns"}
        put(world, ENDPOINT_SLICE, found)
    found["endpoints"].append(endpoint)
    objects.touch(world, ENDPOINT_SLICE, found)


def webhook(world: World, namespace: str) -> Applied:
    if objects.find(world, WEBHOOK, "cert-manager-webhook") is None:
        hooks = [{"name": "webhook.cert-manager.io", "clientConfig": {"service": {"namespace": namespace}}}]
        put(world, WEBHOOK, new(WEBHOOK, None, "cert-manager-webhook", webhooks=hooks))
    return [[WEBHOOK, "cert-manager-webhook", None]]


def webhook_trusted(world: World, name: str) -> None:
    """The CA injector gets to the webhook's configuration after the Deployments are ready (failure 31)."""
    found = objects.find(world, WEBHOOK, "cert-manager-webhook")
    if found is not None:
        found["webhooks"][0]["clientConfig"]["caBundle"] = "TUFERSBVUA=="
        objects.touch(world, WEBHOOK, found)


def cilium(world: World, namespace: str) -> Applied:
    """Cilium's operator registers the definitions; here as soon as the chart is applied."""
    world.schedule(world.latency("cilium-definitions", 4, 12), "cilium_definitions")
    return []


def cilium_definitions(world: World) -> None:
    for spec in CILIUM_KINDS:
        definitions.install(world, spec)


def agent_ready(world: World, name: str, node: str) -> None:
    """An agent runs: its node has a network and a CiliumNode."""
    if objects.find(world, CILIUM_NODE, node) is None:
        put(world, CILIUM_NODE, new(CILIUM_NODE, None, node, spec={}))
    node_has_network(world, node)


def flux_instance(world: World, namespace: str) -> Applied:
    kind = flux_life.INSTANCE
    if objects.find(world, kind, f"{namespace}/flux") is None:
        put(world, kind, new(kind, namespace, "flux", spec={"sync": {"kind": "GitRepository"}}, status={}))
        flux_life.begin(world, namespace)
    return [[kind, "flux", namespace]]


EXTRA: Mapping[str, Callable[[World, str], Applied]] = {
    "cilium": cilium,
    "dns_service": dns_service,
    "webhook": webhook,
    "flux_instance": flux_instance,
}
