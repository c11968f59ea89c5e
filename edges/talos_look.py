"""One look at one machine, in as few calls of talosctl as it takes: each costs a tenth of a second of CPU.

What stays the same from boot to boot (links, disks, versions) is asked once a boot. A boot is known by the machine's
certificate, which both of its APIs make anew when it starts.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bootstrap.errors import Transient
from edges import talos_resources as parse
from edges.talos_call import Calls, succeeded
from edges.talos_errors import FOREIGN, UNKNOWN_TO_IT, is_about
from edges.talos_probe import Answer, probe
from edges.talos_resources import Resource, Status
from edges.talos_tables import rows
from estate.machines import Machine, State
from inventory.model import Node

T = TypeVar("T")

_NO_DATA = ("no such file or directory",)
_ETCD_DATA = "/var/lib/etcd"


@dataclass(frozen=True, slots=True)
class Boot:
    """What one boot of a machine does not change. fingerprint: of the certificate that it answers with."""

    fingerprint: str
    links: tuple[Resource, ...]
    disks: tuple[Resource, ...]
    volumes: tuple[Resource, ...]
    talos_version: str
    hostname: str


@dataclass(frozen=True, slots=True)
class Looks:
    """talosconfig: path of our credentials. boots: by node, the last one that was seen."""

    calls: Calls
    talosconfig: str
    trust: ssl.SSLContext
    boots: dict[str, Boot] = field(default_factory=dict)

    async def look(self, node: Node) -> Machine:
        """Never raises Transient: a machine that does not answer what it is asked is absent. Raises Refused when it
        answers with our CA's certificate and does not accept ours."""
        answer = await self.answer(node)
        if answer is None:
            return Machine(State.ABSENT)
        try:
            return await (self._ours(node, answer) if answer.trusted else self._insecure(node, answer))
        except Transient:
            return Machine(State.ABSENT)

    async def answer(self, node: Node) -> Answer | None:
        """Who answers at its Talos port."""
        return await probe(str(node.address), self.trust)

    def access(self, node: Node, *, insecure: bool) -> tuple[str, ...]:
        """The options of a call to this one machine. It is the endpoint as well: nothing is passed on by another."""
        address = str(node.address)
        if insecure:
            return ("--insecure", "--nodes", address)
        return ("--talosconfig", self.talosconfig, "--endpoints", address, "--nodes", address)

    async def get(self, node: Node, kind: str, *, insecure: bool, id: str = "") -> tuple[Resource, ...]:
        """The resources of a kind. Raises by the table of edges.talos_errors."""
        argv = ("get", kind, *((id,) if id else ()), "--output", "json", *self.access(node, insecure=insecure))
        return parse.resources((await self.calls.must(argv, where=where(node))).stdout)

    async def _ours(self, node: Node, answer: Answer) -> Machine:
        boot, found, holds = await together(
            self._boot(node, answer, insecure=False),
            self.get(node, parse.STATUS, insecure=False),
            self._holds_etcd(node),
        )
        status = parse.status(found)
        return _machine(_our_state(status), boot, status, boot.volumes, holds_etcd=holds)

    async def _insecure(self, node: Node, answer: Answer) -> Machine:
        argv = ("get", parse.STATUS, "--output", "json", *self.access(node, insecure=True))
        first = await self.calls.run(argv, where=where(node))
        if first.exit_code != 0 and (is_about(UNKNOWN_TO_IT, first.stderr) or is_about(FOREIGN, first.stderr)):
            return Machine(State.FOREIGN)  # it wants a client certificate, and its own is not of our CA
        status = parse.status(parse.resources(succeeded(first, where(node)).stdout))
        known = self.boots.get(node.name)
        boot = await self._boot(node, answer, insecure=True)
        # what stands on the disks may be wiped meanwhile, and decides about destruction: never from memory
        volumes = await self.get(node, parse.VOLUMES, insecure=True) if boot is known else boot.volumes
        holds = node.role == "control-plane" and parse.holds_ephemeral(volumes)
        return _machine(State.MAINTENANCE, boot, status, volumes, holds_etcd=holds)

    async def _boot(self, node: Node, answer: Answer, *, insecure: bool) -> Boot:
        known = self.boots.get(node.name)
        if known is not None and known.fingerprint == answer.fingerprint != "":
            return known
        links, disks, volumes, version, hostname = await together(
            self.get(node, parse.LINKS, insecure=insecure),
            self.get(node, parse.DISKS, insecure=insecure),
            self.get(node, parse.VOLUMES, insecure=insecure),
            self.get(node, parse.VERSION, insecure=insecure),
            self.get(node, parse.HOSTNAME, insecure=insecure),
        )
        said = parse.first_text(version, "version"), parse.first_text(hostname, "hostname")
        boot = Boot(answer.fingerprint, links, disks, volumes, *said)
        if links and disks:  # early in a boot there may be none yet
            self.boots[node.name] = boot
        return boot

    async def _holds_etcd(self, node: Node) -> bool:
        """Whether its etcd data directory holds anything: what Talos itself looks at before it begins etcd."""
        if node.role != "control-plane":
            return False
        listed = await self.calls.run(("list", _ETCD_DATA, *self.access(node, insecure=False)), where=where(node))
        if any(words in listed.stderr.lower() for words in _NO_DATA):
            return False
        names = {row.get("NAME", "") for row in rows(succeeded(listed, where(node)).stdout)}
        return bool(names - {".", ""})


def where(node: Node) -> str:
    """How sentences name a machine."""
    return f"{node.name} ({node.address})"


async def together(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """All at the same time; the first that fails ends the others and is raised."""
    tasks: list[asyncio.Task[Any]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def _our_state(status: Status) -> State:
    """While it installs, Talos answers with our certificates already, from memory: it has nothing to boot from yet."""
    if status.stage == "installing":
        return State.MAINTENANCE
    return State.RUNNING if status.stage == "running" else State.BOOTING


def _machine(state: State, boot: Boot, status: Status, volumes: tuple[Resource, ...], *, holds_etcd: bool) -> Machine:
    return Machine(
        state=state,
        macs=parse.macs(boot.links),
        disks=parse.disks(boot.disks, volumes),
        talos_version=boot.talos_version,
        stage=status.stage,
        ready=status.ready,
        unmet=status.unmet,
        hostname=boot.hostname,
        holds_etcd=holds_etcd,
        time_synced="time" not in status.unmet,
    )
