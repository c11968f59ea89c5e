"""What Cilium's agents and operator write into the cluster, played for the pods that stand in for them.

Source: docs.cilium.io: the operator registers the CRDs, takes the taint agent-not-ready from nodes whose agent runs and
marks their network as available; each agent keeps the CiliumNode of its node.
"""

from __future__ import annotations

from lab.contents.api import ApiError, Object
from lab.contents.node import written
from lab.contents.nodes import cni_pod
from lab.contents.repeat import together
from lab.contents.world import World, condition, is_true, owner

TAINT = "node.cilium.io/agent-not-ready"

_GROUP = "cilium.io"
_CRDS = {
    "CiliumNode": ("ciliumnodes", "Cluster", "v2"),
    "CiliumIdentity": ("ciliumidentities", "Cluster", "v2"),
    "CiliumEndpoint": ("ciliumendpoints", "Namespaced", "v2"),
    "CiliumNetworkPolicy": ("ciliumnetworkpolicies", "Namespaced", "v2"),
    "CiliumClusterwideNetworkPolicy": ("ciliumclusterwidenetworkpolicies", "Cluster", "v2"),
    "CiliumLoadBalancerIPPool": ("ciliumloadbalancerippools", "Cluster", "v2"),
    "CiliumL2AnnouncementPolicy": ("ciliuml2announcementpolicies", "Cluster", "v2alpha1"),
}
_NODES = f"/apis/{_GROUP}/v2/ciliumnodes"


class Cilium:
    """Does nothing where no pod of Cilium runs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: set[str] = set()
        self._nodes: set[str] = set()

    async def step(self) -> float | None:
        ready = [pod for pod in self._world.pods if is_true(pod, "Ready")]
        if any(owner(pod) == ("kube-system", "Deployment", "cilium-operator") for pod in ready):
            await together([self._define(kind) for kind in _CRDS if kind not in self._known])
        agents = sorted({pod["spec"]["nodeName"] for pod in ready if cni_pod(pod)})
        await together([self._agent(name) for name in agents])
        return None if set(agents) <= self._nodes else 0.5

    def forget(self, node: str) -> None:
        """The node came up anew, maybe in another cluster: its agent writes again."""
        self._nodes.discard(node)
        self._known.clear()

    async def _define(self, kind: str) -> None:
        plural, scope, version = _CRDS[kind]
        await self._create(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _crd(kind, plural, scope, version)
        )
        self._known.add(kind)

    async def _agent(self, name: str) -> None:
        node = self._world.nodes.get(name)
        if node is None:
            return
        await self._available(name, node)
        if name not in self._nodes and self._known:
            machine = self._world.machines.get(name)
            addresses = [{"type": "InternalIP", "ip": machine.config.address}] if machine else []
            body = {"apiVersion": f"{_GROUP}/v2", "kind": "CiliumNode", "metadata": {"name": name}}
            await self._create(_NODES, {**body, "spec": {"addresses": addresses}})
            self._nodes.add(name)
            self._world.tell(f"node {name} networked")

    async def _available(self, name: str, node: Object) -> None:
        if condition(node, "NetworkUnavailable").get("status") != "False":
            up = written(node, "NetworkUnavailable", "False", "CiliumIsUp", "Cilium is running on this node")
            body: Object = {"status": {"conditions": [up]}}
            self._world.nodes.put(await self._world.api.patch(f"/api/v1/nodes/{name}/status", body))
        taints = node["spec"].get("taints", [])
        if any(taint["key"] == TAINT for taint in taints):
            kept = [taint for taint in taints if taint["key"] != TAINT]
            body = {"metadata": {"resourceVersion": node["metadata"]["resourceVersion"]}, "spec": {"taints": kept}}
            self._world.nodes.put(await self._world.api.patch(f"/api/v1/nodes/{name}", body, strategic=False))

    async def _create(self, path: str, body: Object) -> None:
        try:
            await self._world.api.create(path, body)
        except ApiError as error:
            if error.status != 409:
                raise


def _crd(kind: str, plural: str, scope: str, version: str) -> Object:
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{_GROUP}"},
        "spec": {
            "group": _GROUP,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [{"name": version, "served": True, "storage": True, "schema": anything}],
        },
    }
