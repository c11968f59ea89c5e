"""Runs inside a private internet: three control planes join, lose one, get it back, lose API servers. Prints facts."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from lab.ports import EtcdMember
from tests.lab.control_plane.configs import ADDRESSES, control_plane
from tests.lab.control_plane.scenario import Facts, Scene, run

NODES = tuple(ADDRESSES)


async def three(scene: Scene, facts: Facts) -> None:
    for node in NODES:
        await scene.planes.boot(control_plane(node))
    async with facts.timed("begin to three API servers ready"):
        async with facts.timed("begin to the first API server ready"):
            await scene.planes.begin("k8s-1")
            await scene.until_api_ready("k8s-1")
        await asyncio.gather(*(scene.until_api_ready(node) for node in NODES))
    async with facts.timed("then to all static pods ready"):
        await scene.until("all static pods ready", lambda: scene.all_ready(*NODES))
    facts["members"] = {node: await _members(scene, node) for node in NODES}
    facts["endpoints"] = (await _endpoints(scene)).split()
    async with facts.timed("off and on"):
        await _off_and_on(scene, facts)
    async with facts.timed("watched"):
        await _watched(scene, facts)
    async with facts.timed("lost"):
        await _lost(scene, facts)


async def _off_and_on(scene: Scene, facts: Facts) -> None:
    """The machine that carries the VIP reboots."""
    node = await _owner(scene)
    await scene.planes.stop(node)
    facts["static pods while off"] = list(scene.planes.static_pods(node))
    other = next(name for name in NODES if name != node)
    facts["namespace made while one is off"] = await scene.kubectl("create", "ns", "made", node=other)
    await scene.planes.boot(control_plane(node))
    await scene.until_api_ready(node)
    facts["members after the reboot"] = await _members(scene, node)


async def _watched(scene: Scene, facts: Facts) -> None:
    """A watch through the VIP passes events, and ends when its API server dies."""
    owner = await _owner(scene)
    async with scene.watching("configmaps") as lines:
        await scene.kubectl("create", "configmap", "seen")
        facts["watched"] = await asyncio.wait_for(lines.until("configmap/seen"), 20)
        await scene.planes.stop_api_server(owner)
        facts["watch ended"] = await asyncio.wait_for(lines.ended(), 20)
    await scene.until("another owner of the VIP", lambda: _moved(scene, owner))
    facts["read while an API server is stopped"] = await scene.kubectl("get", "configmap", "seen", "-o", "name")
    await scene.planes.start_api_server(owner)
    await scene.until_api_ready(owner)
    await scene.planes.kill_api_server(owner)
    await scene.until("API server gone", lambda: scene.api_gone(owner))
    await scene.until_api_ready(owner)
    facts["a killed API server comes back"] = True


async def _lost(scene: Scene, facts: Facts) -> None:
    """A machine loses its disk without a word and joins again under its name; one leaves; one is removed."""
    before = {member.name: member.id for member in await scene.planes.members("k8s-1")}
    await scene.planes.wipe("k8s-2")
    facts["stale member stays"] = await _members(scene, "k8s-1")
    await scene.planes.boot(control_plane("k8s-2"))
    await scene.until_api_ready("k8s-2")
    after = {member.name: member.id for member in await scene.planes.members("k8s-1")}
    facts["members after the loss"] = await _members(scene, "k8s-2")
    facts["k8s-2 has a new id"] = before["k8s-2"] != after["k8s-2"]
    await scene.planes.leave("k8s-3")
    facts["left"] = [scene.planes.etcd_begun("k8s-3"), await _members(scene, "k8s-1")]
    await scene.until("k8s-2 removed", lambda: _removed(scene, after["k8s-2"]))
    facts["members after removal"] = await _members(scene, "k8s-1")
    try:
        await scene.planes.remove_member("k8s-1", after["k8s-2"])
    except LookupError as error:
        facts["removed twice"] = str(error)
    await scene.planes.stop("k8s-3")
    try:
        await scene.planes.members("k8s-3")
    except LookupError as error:
        facts["asked while off"] = str(error)


async def _members(scene: Scene, node: str) -> list[list[object]]:
    """Once etcd can tell: the member that was asked may just have lost its leader."""
    told: list[EtcdMember] = []

    async def tells() -> bool:
        with suppress(ConnectionError):
            told[:] = await scene.planes.members(node)
        return bool(told)

    await scene.until(f"members as {node} tells them", tells)
    return sorted([member.name, member.learner] for member in told)


async def _removed(scene: Scene, id: int) -> bool:
    """For some seconds after a change etcd refuses the next one."""
    try:
        await scene.planes.remove_member("k8s-1", id)
    except ConnectionError:
        return False
    return True


async def _endpoints(scene: Scene) -> str:
    async def complete() -> bool:
        return len((await _addresses(scene)).split()) == len(NODES)

    await scene.until("endpoints of the Service kubernetes", complete)
    return await _addresses(scene)


async def _addresses(scene: Scene) -> str:
    return await scene.kubectl("get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[*].addresses[*].ip}")


async def _owner(scene: Scene) -> str:
    address = scene.planes.vip_owner
    return next(name for name in NODES if ADDRESSES[name] == address)


async def _moved(scene: Scene, owner: str) -> bool:
    return scene.planes.vip_owner not in ("", ADDRESSES[owner])


if __name__ == "__main__":
    asyncio.run(run(three, Path(sys.argv[1])))
