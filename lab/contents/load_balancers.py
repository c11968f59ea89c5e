"""Addresses of Services of type LoadBalancer: from Cilium's first pool, else from the top of the nodes' range."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from lab.contents.addresses import free
from lab.contents.api import ApiError, Object
from lab.contents.world import World

_POOLS = ("/apis/cilium.io/v2/ciliumloadbalancerippools", "/apis/cilium.io/v2alpha1/ciliumloadbalancerippools")
_ASKED = ("lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips")


class LoadBalancers:
    """Gives each Service the address that its annotations ask for, or a free one."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def step(self) -> float | None:
        services = [item for item in self._world.mirrors["services"] if item["spec"].get("type") == "LoadBalancer"]
        without = [service for service in services if not _addresses(service)]
        if without:
            network = await self._pool()
            for service in without:
                await self._give(service, network)
        return None

    async def _give(self, service: Object, network: str) -> None:
        taken = {address for other in self._world.mirrors["services"] for address in _addresses(other)}
        asked = [text for name in _ASKED if (text := service["metadata"].get("annotations", {}).get(name))]
        addresses = asked[0].split(",") if asked else [service["spec"].get("loadBalancerIP") or free(network, taken)]
        status = {"loadBalancer": {"ingress": [{"ip": address.strip()} for address in addresses]}}
        metadata = service["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status"
        self._world.mirrors["services"].put(await self._world.api.patch(path, {"status": status}))

    async def _pool(self) -> str:
        for path in _POOLS:
            try:
                pools = (await self._world.api.get(path))["items"]
            except ApiError as error:
                if error.status != 404:
                    raise
                continue
            for block in (block for pool in pools for block in pool["spec"].get("blocks", ())):
                return str(block["cidr"]) if "cidr" in block else _between(block["start"], block.get("stop"))
        return str(list(ip_network(str(self._world.cluster.network.nodes)).subnets(new_prefix=24))[-1])


def _between(start: str, stop: str | None) -> str:
    """The range of CIDR form that begins at `start` and does not pass `stop`; a single address without one."""
    first, last = ip_address(start), ip_address(stop or start)
    for prefix in range(24, 33):
        network = ip_network(f"{first}/{prefix}", strict=False)
        if network.network_address >= first and network.broadcast_address <= last:  # type: ignore[operator]
            return str(network)
    return f"{first}/32"


def _addresses(service: Object) -> list[str]:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [entry["ip"] for entry in ingress if "ip" in entry]
