"""kube_api_ready: the API answers on every control plane and on the virtual address."""

from __future__ import annotations

import asyncio

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, NotYet, Verdict
from steps.site import Site


def kube_api_ready(site: Site, needs: tuple[str, ...]) -> Step:
    """Asked at each control plane and at the VIP: one that answers for three hides two that do not."""
    return Step(
        name="kube_api_ready",
        summary="The Kubernetes API is ready on every control plane and at the cluster's endpoint.",
        needs=needs,
        gate=Gate("every control plane and the VIP answer /readyz", lambda _: observe_api(site)),
        deadline_s=900.0,
        expected_s=60.0,
        guarded=True,
    )


async def observe_api(site: Site) -> Verdict:
    """Whether every API server of the plan answers, and the virtual address."""
    kubernetes = await site.kubernetes()
    addresses = {node.name: str(node.address) for node in site.control_planes}
    addresses["VIP"] = str(site.cluster.endpoint.vip)
    answers = await asyncio.gather(*(kubernetes.ready(address) for address in addresses.values()))
    silent = [f"{name}: {answer}" for name, answer in zip(addresses, answers, strict=True) if answer]
    if silent:
        return NotYet(f"{len(addresses) - len(silent)}/{len(addresses)} API servers ready: " + "; ".join(silent), True)
    return Holds({"ready": list(addresses.values())})
