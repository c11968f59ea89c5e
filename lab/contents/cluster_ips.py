"""ClusterIPs: a Service's address answers where a process of the lab stands behind it, and its name leads there.

Where all pods of a Service only seem to run, nothing listens: a caller is refused, as by a Service without endpoints.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.contents import pod as statuses
from lab.contents import relay
from lab.contents.api import Object
from lab.contents.repeat import LOG
from lab.contents.world import World

Port = tuple[str, str, int]
"""Protocol, ClusterIP and port."""


class ClusterIps:
    """name_host: makes a name resolve to an address, for processes that do not ask the cluster's DNS."""

    def __init__(self, world: World, name_host: Callable[[str, str], None]) -> None:
        self._world = world
        self._name_host = name_host
        self._targets: dict[Port, list[relay.Address]] = {}
        self._relays: dict[Port, relay.Relay] = {}
        self._named: dict[str, str] = {}

    async def step(self) -> float | None:
        self._targets = self._wanted()
        for port in [port for port in self._relays if port not in self._targets]:
            self._relays.pop(port).close()
        for port in [port for port in self._targets if port not in self._relays]:
            await self._listen(port)
        return None if set(self._targets) <= set(self._relays) else 1.0

    def close(self) -> None:
        for one in self._relays.values():
            one.close()
        self._relays.clear()

    def _wanted(self) -> dict[Port, list[relay.Address]]:
        targets: dict[Port, list[relay.Address]] = {}
        for part in self._world.mirrors["slices"]:
            service = self._service(part)
            if service is not None:
                for port, addresses in self._ports(service, part).items():
                    targets.setdefault(port, []).extend(addresses)
        return targets

    def _service(self, part: Object) -> Object | None:
        metadata = part["metadata"]
        name = metadata.get("labels", {}).get("kubernetes.io/service-name", "")
        service = self._world.mirrors["services"].get(name, metadata["namespace"])
        if service is None or service["spec"].get("clusterIP", "None") in ("", "None"):
            return None
        return service

    def _ports(self, service: Object, part: Object) -> dict[Port, list[relay.Address]]:
        addresses = [end["addresses"][0] for end in part.get("endpoints") or () if self._real(end, part)]
        if not addresses:
            return {}
        address = service["spec"]["clusterIP"]
        self._name(service, address)
        numbers = {port.get("name", ""): port["port"] for port in part.get("ports") or ()}
        return {
            (port["protocol"], address, port["port"]): [(one, numbers[port.get("name", "")]) for one in addresses]
            for port in service["spec"]["ports"]
            if port.get("name", "") in numbers
        }

    def _real(self, end: Object, part: Object) -> bool:
        pod = self._world.pods.get(end.get("targetRef", {}).get("name", ""), part["metadata"]["namespace"])
        ready = end.get("conditions", {}).get("ready", True)
        return bool(ready) and pod is not None and statuses.state(pod) == statuses.PROCESS

    def _name(self, service: Object, address: str) -> None:
        name = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
        if self._named.get(name) != address:
            self._named[name] = address
            self._name_host(name, address)
            self._name_host(f"{name}.cluster.local", address)

    async def _listen(self, port: Port) -> None:
        protocol, address, number = port
        if protocol not in ("TCP", "UDP"):
            return
        listen = relay.tcp if protocol == "TCP" else relay.udp
        try:
            self._relays[port] = await listen((address, number), lambda: self._targets.get(port, []))
        except OSError as error:
            LOG.warning("nothing can listen at %s:%s: %s", address, number, error.strerror)
