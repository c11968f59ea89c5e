"""What a machine without a config answers.

Source: siderolabs/talos 1.11.5, internal/app/maintenance/server.go.
"""

from __future__ import annotations

from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos import cosi, storage
from lab.talos.apply import text_of
from lab.talos.call import Call
from lab.talos.config import BadConfig
from lab.talos.validation import complaints, misfits, refusal, unknown_keys

_DRY_RUN = "Dry run summary:\nNode is running in maintenance mode and does not have a config yet."
_MODES = ("REBOOT", "AUTO", "TRY")


async def apply(call: Call) -> Any:
    mode = call.api.mode_name(call.request.mode)
    if mode not in _MODES:
        spoken = mode.lower().replace("_", "-")
        raise GRPCError(
            Status.UNIMPLEMENTED, f"apply configuration --mode='{spoken}' is not supported in maintenance mode"
        )
    text = text_of(call.request.data)
    _check(call, text)
    if call.request.dry_run:
        return call.reply("ApplyConfiguration", mode_details=_DRY_RUN)
    call.machine.install(text)
    return call.reply("ApplyConfiguration")


def _check(call: Call, text: str) -> None:
    try:
        keys = unknown_keys(text)
        wrong = complaints(text, installed=False)
    except BadConfig as error:
        raise GRPCError(Status.UNKNOWN, str(error)) from None
    if keys:
        raise GRPCError(
            Status.UNKNOWN, f"failed to parse config: unknown keys found during decoding: {', '.join(keys)}"
        )
    if wrong:
        raise GRPCError(Status.INVALID_ARGUMENT, f"configuration validation failed: {refusal(wrong)}")
    unfit = misfits(text, call.machine.disks)
    if unfit:
        raise GRPCError(Status.INVALID_ARGUMENT, f"runtime configuration validation failed: {refusal(unfit)}")


async def not_here(call: Call) -> Any:
    raise GRPCError(Status.UNIMPLEMENTED, "API is not implemented in maintenance mode")


CALLS = {
    "/machine.MachineService/ApplyConfiguration": apply,
    **{f"/machine.MachineService/{name}": not_here for name in ("Version", "Upgrade", "Reset", "MetaWrite")},
    "/storage.StorageService/Disks": storage.disks,
    **cosi.CALLS,
}
"""Path -> what answers it."""

SERVICES = ("/machine.", "/storage.", "/cosi.")
"""Services that are there at all; calls of others meet an unknown service."""
