"""What ends a machine's data, and what begins it: reset and bootstrap."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.ports import DataExists
from lab.talos.call import Call, unknown
from lab.talos.machine import Machine

_ALL, _SYSTEM_DISK, _USER_DISKS = 0, 1, 2
_LABELS = frozenset({"EFI", "META", "STATE", "EPHEMERAL"})


def asked(call: Call) -> Callable[[Machine], Awaitable[None]]:
    """What a reset call wipes. Raises GRPCError for a call that contradicts itself."""
    request = call.request
    labels = frozenset(spec.label for spec in request.system_partitions_to_wipe if spec.wipe)
    users = tuple(request.user_disks_to_wipe)
    _check(call, labels, users)

    async def wipe(machine: Machine) -> None:
        if request.graceful and request.mode != _USER_DISKS:
            await _leave_etcd(machine)
        for path in users:
            machine.disk.content.pop(path, None)
        if request.mode != _USER_DISKS:
            await _wipe_system(machine, labels)

    return wipe


def _check(call: Call, labels: frozenset[str], users: tuple[str, ...]) -> None:
    mode, known = call.request.mode, {disk.path for disk in call.machine.disks}
    if users and mode == _SYSTEM_DISK:
        raise unknown("reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter")
    for path in users:
        if path not in known:
            raise unknown(f"reset user disk failed: device {path} wasn't found")
        if path == call.machine.disk.installed_on:
            raise unknown(f"reset user disk failed: device {path} is the system disk")
    if labels and mode == _USER_DISKS:
        raise unknown(
            "reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter"
        )
    for label in sorted(labels - _LABELS):
        raise unknown(f'failed to get volume status with label "{label}": resource doesn\'t exist')


async def _leave_etcd(machine: Machine) -> None:
    if machine.ours is None or not machine.control_plane:
        return
    control_planes, _ = machine.ours
    if control_planes.etcd_begun(machine.name):
        with contextlib.suppress(ConnectionError):  # the last member cannot leave, and its data goes all the same
            await control_planes.leave(machine.name)


async def _wipe_system(machine: Machine, labels: frozenset[str]) -> None:
    """Without labels the whole disk is empty afterwards."""
    if not labels:
        machine.disk.content.pop(machine.disk.installed_on, None)
    if not labels or "STATE" in labels:
        machine.disk.config = machine.disk.staged = ""
    if (not labels or "EPHEMERAL" in labels) and machine.ours is not None:
        control_planes, kubelets = machine.ours
        await control_planes.wipe(machine.name)
        await kubelets.remove(machine.name)
    if not machine.disk.config:
        machine.disk.foreign = False


async def begin_etcd(call: Call, recover: bool) -> None:
    """Raises GRPCError when there is data, or no snapshot where one is to be recovered."""
    machine = call.machine
    if recover and machine.snapshot is None:
        raise unknown("etcd recovery snapshot was not uploaded")
    try:
        skip = bool(call.request.recover_skip_hash_check)
        await call.etcd.begin(machine.name, machine.snapshot if recover else None, skip)
    except DataExists:
        raise GRPCError(Status.ALREADY_EXISTS, "etcd data directory is not empty") from None
    machine.ring()
