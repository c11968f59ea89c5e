"""How a machine comes to etcd: begun on it, joined to others' as a learner that is then promoted, or resumed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from pathlib import Path

from lab.control_plane.etcd_gateway import EtcdGateway
from lab.control_plane.etcd_program import EXISTING, NEW, restore
from lab.control_plane.machine import Machine
from lab.control_plane.where import peer_url
from lab.ports import EtcdMember
from lab.program import until_ready

_PAUSE_S = 0.3
_BEGIN_S = 30.0
_RESTORE_S = 60.0
_LEAVE_S = 60.0

Others = Callable[[], Iterable[Machine]]
"""The other control planes that are on and hold etcd's data, now."""


async def begun(machine: Machine) -> None:
    """etcd was begun here a moment ago."""
    await machine.start_kubernetes()


async def resumed(machine: Machine, others: Others) -> None:
    """This machine had data when it came up. It may have gone off as a learner."""
    await machine.start_etcd(EXISTING)
    await _promoted(machine, others)
    await machine.start_kubernetes()


async def joined(machine: Machine, others: Others, turn: asyncio.Lock) -> None:
    """Wait for etcd elsewhere, join it, get promoted. turn: a cluster takes one learner at a time (etcd's own rule)."""
    async with turn:
        members = await _added(machine, others)
        await machine.empty_etcd()
        await machine.start_etcd(EXISTING, members)
        await _promoted(machine, others)
    await machine.start_kubernetes()


async def begin(machine: Machine) -> None:
    """A new cluster of this one member, or of its restored data; returns once it has data. Raises ConnectionError."""
    await machine.start_etcd(NEW)

    async def has_data() -> bool:
        return machine.disk.etcd_begun

    try:
        await until_ready(f"etcd's data of {machine.name}", has_data, _BEGIN_S, 0.02)
    except TimeoutError as error:
        raise ConnectionError(str(error)) from None


async def left(machine: Machine, others: Others) -> None:
    """This machine's member leaves. For some seconds after any change etcd calls itself unhealthy, and Talos waits too.

    Raises ConnectionError where etcd refuses for good, as it does to its last member.
    """
    id = (await machine.etcd.status()).member_id
    tries_end = time.monotonic() + _LEAVE_S
    while True:
        try:
            return await machine.etcd.remove(id)
        except LookupError:
            return None
        except ConnectionError as error:
            # a member that was removed ends, and its answer may be lost with it
            if await _gone(machine, id, others):
                return None
            if not _passes(error) or time.monotonic() > tries_end:
                raise
        await asyncio.sleep(_PAUSE_S)


async def _gone(machine: Machine, id: int, others: Others) -> bool:
    for other in others():
        with suppress(ConnectionError):
            async with aclosing(machine.towards(other)) as etcd:
                return all(member.id != id for member in await etcd.members())
    return False


def _passes(error: ConnectionError) -> bool:
    return any(passing in str(error) for passing in ("unhealthy cluster", "server stopped"))


async def restored(machine: Machine, etcdutl: Path, snapshot: Path, skip_hash_check: bool) -> None:
    """Make this machine's data of a snapshot. Raises ValueError with etcdutl's words where it cannot."""
    machine.disk.etcd.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = restore(etcdutl, machine.config, machine.disk, snapshot, skip_hash_check)
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(_RESTORE_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        machine.disk.wipe_etcd()
        last = (said.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise ValueError(f"etcd could not be restored from {snapshot}: {last}")


async def _added(machine: Machine, others: Others) -> dict[str, str]:
    """name -> peer URL of all members, this machine included."""
    while True:
        for other in others():
            try:
                async with aclosing(machine.towards(other)) as etcd:
                    return await _add(machine, etcd)
            except (ConnectionError, LookupError):
                continue
        await asyncio.sleep(_PAUSE_S)


async def _add(machine: Machine, etcd: EtcdGateway) -> dict[str, str]:
    url = peer_url(machine.config)
    for member in await etcd.members():
        # the machine is empty: a member of its name or address is what was lost with its disk
        if member.name == machine.name or url in member.peer_urls:
            await etcd.remove(member.id)
    id, members = await etcd.add_learner(url)
    return dict(_initial(members, {id: machine.name}))


def _initial(members: Iterable[EtcdMember], names: Mapping[int, str]) -> Iterable[tuple[str, str]]:
    # one that was added and never started has no name yet: etcd compares addresses
    return (
        (names.get(member.id) or member.name or f"{member.id:x}", url) for member in members for url in member.peer_urls
    )


async def _promoted(machine: Machine, others: Others) -> None:
    """Ask until it is: etcd refuses to promote a member that has not caught up. A voter needs nothing."""
    while True:
        try:
            status = await machine.etcd.status()
            if not status.learner:
                return
            await _promote(machine, status.member_id, others)
        except (ConnectionError, LookupError):
            await asyncio.sleep(_PAUSE_S)


async def _promote(machine: Machine, id: int, others: Others) -> None:
    refused: Exception = ConnectionError("no other etcd runs")
    for other in others():
        try:
            async with aclosing(machine.towards(other)) as etcd:
                return await etcd.promote(id)
        except (ConnectionError, LookupError) as error:
            refused = error
    raise refused
