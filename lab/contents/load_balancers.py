"""Addresses of Services of type LoadBalancer: from Cilium's first pool, else from the top of the nodes' range."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, ip_network

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
            pool = await self._pool()
            for service in without:
                await self._give(service, pool)
        return None

    async def _give(self, service: Object, pool: list[str]) -> None:
        taken = {address for other in self._world.mirrors["services"] for address in _addresses(other)}
        asked = [text for name in _ASKED if (text := service["metadata"].get("annotations", {}).get(name))]
        addresses = asked[0].split(",") if asked else [service["spec"].get("loadBalancerIP") or _first(pool, taken)]
        status = {"loadBalancer": {"ingress": [{"ip": address.strip()} for address in addresses]}}
        metadata = service["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status"
        self._world.mirrors["services"].put(await self._world.api.patch(path, {"status": status}))

    async def _pool(self) -> list[str]:
        for path in _POOLS:
            try:
                pools = (await self._world.api.get(path))["items"]
            except ApiError as error:
                if error.status != 404:
                    raise
                continue
            for block in (block for pool in pools for block in pool["spec"].get("blocks", ())):
                return _hosts(block["cidr"]) if "cidr" in block else between(block["start"], block.get("stop"))
        return _hosts(_top(str(self._world.cluster.network.nodes)))


def _hosts(network: str) -> list[str]:
    return [str(address) for address in ip_network(network).hosts()]


def _top(network: str) -> str:
    """The last 256 addresses of a range, or all of a smaller one."""
    whole = ip_network(network)
    return str(list(whole.subnets(new_prefix=24))[-1]) if whole.prefixlen < 24 else network


def _first(pool: Iterable[str], taken: set[str]) -> str:
    found = next((address for address in pool if address not in taken), "")
    if not found:
        raise ValueError("the pool of load balancers has no free address")
    return found


def between(start: str, stop: str | None) -> list[str]:
    """The addresses from `start` to `stop`; one without it."""
    first, last = int(IPv4Address(start)), int(IPv4Address(stop or start))
    return [str(IPv4Address(number)) for number in range(first, last + 1)]


def _addresses(service: Object) -> list[str]:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [entry["ip"] for entry in ingress if "ip" in entry]
