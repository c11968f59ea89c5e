"""node_registered, node_ready: each machine of the plan is a node of the cluster, and has a network."""

from __future__ import annotations

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, Verdict
from inventory.model import Node
from readiness import nodes as rules
from steps.kinds import NODE, SIGNING_REQUEST
from steps.site import Site


def node_registered(site: Site, node: Node, needs: tuple[str, ...]) -> Step:
    """By name, against the plan: never "all nodes that there are"."""
    return Step(
        name="node_registered",
        node=node.name,
        summary="The node's kubelet has joined the cluster under its name.",
        needs=needs,
        gate=Gate(
            "the node is registered",
            lambda _: _registered(site, node),
            changes=lambda: site.object_changes(NODE),
            stability_s=0.0,
        ),
        deadline_s=900.0,
        expected_s=20.0,
    )


async def _registered(site: Site, node: Node) -> Verdict:
    kubernetes = await site.kubernetes()
    verdict = rules.registered(await kubernetes.list(NODE), (node.name,))
    if not isinstance(verdict, Holds):
        return verdict
    # a kubelet whose serving certificate nobody approves cannot be asked for logs or exec (siderolabs/talos#8494)
    requests = rules.pending_csrs(await kubernetes.list(SIGNING_REQUEST))
    return verdict if isinstance(requests, Holds) else requests


def node_ready(site: Site, node: Node, needs: tuple[str, ...]) -> Step:
    """Ready, with a network, and without the taint that Cilium takes away when its agent runs."""
    return Step(
        name="node_ready",
        node=node.name,
        summary="The node is Ready: pods that need the cluster's network can run on it.",
        needs=needs,
        gate=Gate(
            "the node is Ready and has a network", lambda _: _ready(site, node), lambda: site.object_changes(NODE)
        ),
        deadline_s=900.0,
        expected_s=20.0,
    )


async def _ready(site: Site, node: Node) -> Verdict:
    return rules.ready(await (await site.kubernetes()).list(NODE), (node.name,))
