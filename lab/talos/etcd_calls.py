"""What MachineService says about etcd, and does to it.

Source: siderolabs/talos 1.11.5, internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.ports import EtcdMember, EtcdStatus
from lab.talos.call import Call

_PIECE = 32 * 1024


def _unreachable(error: ConnectionError) -> GRPCError:
    return GRPCError(Status.UNAVAILABLE, f"failed to create etcd client: error building etcd client: {error}")


def _begun(call: Call) -> None:
    """Raises GRPCError while no etcd runs here."""
    if not call.etcd.etcd_begun(call.machine.name):
        raise _unreachable(ConnectionError("no etcd endpoints"))


async def members(call: Call) -> Any:
    call.on_control_plane("member list")
    _begun(call)
    try:
        found = await call.etcd.members(call.machine.name)
    except ConnectionError as error:
        raise _unreachable(error) from None
    names = [member.name for member in found]
    return call.reply("EtcdMembers", legacy_members=names, members=[_member(member) for member in found])


def _member(member: EtcdMember) -> dict[str, Any]:
    return {
        "id": member.id,
        "hostname": member.name,
        "peer_urls": member.peer_urls,
        "client_urls": member.client_urls,
        "is_learner": member.learner,
    }


async def status(call: Call) -> Any:
    call.on_control_plane("etcd status")
    found = await _status(call)
    values = {
        "storage_version": f"{found.version.rpartition('.')[0]}.0",
        "member_id": found.member_id,
        "protocol_version": found.version,
        "db_size": found.db_size,
        "db_size_in_use": found.db_size_in_use,
        "leader": found.leader,
        "raft_index": found.raft_index,
        "raft_term": found.raft_term,
        "raft_applied_index": found.raft_applied_index,
        "errors": found.errors,
        "is_learner": found.learner,
    }
    return call.reply("EtcdStatus", member_status=values)


async def _status(call: Call) -> EtcdStatus:
    _begun(call)
    try:
        return await call.etcd.status(call.machine.name)
    except ConnectionError as error:
        raise _unreachable(error) from None


async def snapshot(call: Call) -> AsyncIterator[Any]:
    call.on_control_plane("etcd snapshot")
    _begun(call)
    try:
        kept = await call.etcd.snapshot(call.machine.name)
    except ConnectionError as error:
        raise _unreachable(error) from None
    try:
        with kept.open("rb") as file:
            while piece := file.read(_PIECE):
                yield call.data(piece)
    finally:
        kept.unlink(missing_ok=True)


async def recover(call: Call) -> Any:
    """Take a snapshot that the bootstrap call then begins from."""
    if not call.machine.services.running("cri"):
        raise GRPCError(Status.FAILED_PRECONDITION, "etcd service is not ready for recovery yet")
    call.on_control_plane("etcd recover")
    kept = call.machine.disk.folder / "etcd.snapshot"
    kept.touch(mode=0o600)
    with kept.open("wb") as file:
        async for piece in call.request:
            file.write(piece.bytes)
    call.machine.snapshot = kept
    return call.reply("EtcdRecover")


async def remove_member(call: Call) -> Any:
    call.on_control_plane("etcd remove member")
    _begun(call)
    id = call.request.member_id
    try:
        if id not in {member.id for member in await call.etcd.members(call.machine.name)}:
            raise GRPCError(Status.NOT_FOUND, "etcdserver: member not found")
        await call.etcd.remove_member(call.machine.name, id)
    except ConnectionError as error:
        raise _unreachable(error) from None
    return call.reply("EtcdRemoveMemberByID")


async def leave(call: Call) -> Any:
    call.on_control_plane("etcd leave")
    _begun(call)
    try:
        await call.etcd.leave(call.machine.name)
    except ConnectionError as error:
        raise _unreachable(error) from None
    call.machine.services.finish("etcd", "Service finished successfully")
    return call.reply("EtcdLeaveCluster")


async def forfeit_leadership(call: Call) -> Any:
    """Says nobody took over, as Talos does on a member that does not lead; the lab does not move the lead."""
    call.on_control_plane("etcd forfeit leadership")
    found = await _status(call)
    if found.leader != found.member_id:
        return call.reply("EtcdForfeitLeadership")
    raise GRPCError(Status.UNIMPLEMENTED, "the lab's etcd does not hand over its lead")


async def alarms(call: Call) -> Any:
    call.on_control_plane("etcd alarm list")
    await _status(call)
    return call.reply("EtcdAlarm")


CALLS = {
    f"/machine.MachineService/{name}": answer
    for name, answer in {
        "EtcdAlarmList": alarms,
        "EtcdForfeitLeadership": forfeit_leadership,
        "EtcdLeaveCluster": leave,
        "EtcdMemberList": members,
        "EtcdRecover": recover,
        "EtcdRemoveMemberByID": remove_member,
        "EtcdSnapshot": snapshot,
        "EtcdStatus": status,
    }.items()
}
"""Path -> what answers it."""
