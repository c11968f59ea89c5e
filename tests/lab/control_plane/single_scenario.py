"""Runs inside a private internet: one control plane is begun, used, killed, saved, wiped and restored. Prints facts."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from lab.ports import DataExists
from tests.lab.control_plane.configs import SERVICE, VIP, ca, control_plane
from tests.lab.control_plane.scenario import Facts, Scene, run


async def single(scene: Scene, facts: Facts) -> None:
    planes, node = scene.planes, "k8s-1"
    await planes.boot(control_plane(node))
    facts["begun before begin"] = planes.etcd_begun(node)
    facts["VIP answers before begin"] = await scene.answers(VIP, 6443)
    async with facts.timed("begin to API at the VIP"):
        await planes.begin(node)
        facts["begun after begin"] = planes.etcd_begun(node)
        await scene.until_api_ready(node)
    facts["namespaces"] = (await scene.kubectl("get", "ns", "-o", "name")).split()
    facts["service address answers"] = await scene.answers(SERVICE, 443)
    await scene.until("all static pods ready", lambda: scene.all_ready(node))
    facts["static pods"] = [pod.name for pod in planes.static_pods(node)]
    await _twice(scene, facts, node)
    await _secret(scene, facts, node)
    await _killed(scene, facts, node)
    await _foreign(scene, facts, node)
    await _last(scene, facts, node)
    await _restored(scene, facts, node)


async def _twice(scene: Scene, facts: Facts, node: str) -> None:
    try:
        await scene.planes.begin(node)
    except DataExists as error:
        facts["second begin"] = str(error)


async def _secret(scene: Scene, facts: Facts, node: str) -> None:
    await scene.kubectl("create", "secret", "generic", "kept", "--from-literal", "word=plain-text-word")
    status = await scene.planes.status(node)
    facts["status"] = [status.version, status.leader == status.member_id, status.learner, status.db_size > 0]


async def _killed(scene: Scene, facts: Facts, node: str) -> None:
    await scene.planes.kill_etcd(node)
    await scene.until("etcd gone", lambda: scene.not_healthy(node))
    await scene.until("etcd back", lambda: scene.planes.etcd_healthy(node))
    await scene.until_api_ready(node)
    facts["secret after etcd was killed"] = await scene.kubectl("get", "secret", "kept", "-o", "name")


async def _foreign(scene: Scene, facts: Facts, node: str) -> None:
    """A machine of another cluster is there, long enough for some tries."""
    await scene.planes.boot(replace(control_plane("k8s-2"), etcd_ca=ca("foreign")))
    await asyncio.sleep(2)
    facts["members beside a foreign machine"] = [member.name for member in await scene.planes.members(node)]
    facts["foreign machine begun"] = scene.planes.etcd_begun("k8s-2")
    await scene.planes.wipe("k8s-2")


async def _last(scene: Scene, facts: Facts, node: str) -> None:
    try:
        await scene.planes.leave(node)
    except ConnectionError as error:
        facts["leave of the last member"] = str(error)
    facts["begun after the last member's leave"] = scene.planes.etcd_begun(node)


async def _restored(scene: Scene, facts: Facts, node: str) -> None:
    snapshot = await scene.planes.snapshot(node)
    facts["snapshot mode"] = oct(snapshot.stat().st_mode & 0o777)
    facts["snapshot has the secret in plain text"] = b"plain-text-word" in snapshot.read_bytes()
    await scene.planes.wipe(node)
    facts["begun after wipe"] = scene.planes.etcd_begun(node)
    facts["VIP answers after wipe"] = await scene.answers(VIP, 6443)
    await scene.planes.boot(control_plane(node))
    broken = snapshot.with_name("broken.db")
    broken.write_bytes(snapshot.read_bytes()[:-40] + bytes(40))
    try:
        await scene.planes.begin(node, broken)
    except ValueError as error:
        facts["broken snapshot"] = str(error)
    facts["begun after a broken snapshot"] = scene.planes.etcd_begun(node)
    await scene.planes.begin(node, snapshot)
    snapshot.unlink()
    await scene.until_api_ready(node)
    facts["secret after restore"] = await scene.kubectl("get", "secret", "kept", "-o", "jsonpath={.data.word}")


if __name__ == "__main__":
    asyncio.run(run(single, Path(sys.argv[1])))
