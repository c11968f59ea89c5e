"""ApplyConfiguration on a configured machine: validated, compared, and taken with or without a reboot.

Source: siderolabs/talos 1.11.5, internal/app/machined: v1alpha1_server.go, v1alpha1_runtime.go (CanApplyImmediate).
"""

from __future__ import annotations

import difflib
from typing import Any

import yaml
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from lab.talos.call import Call
from lab.talos.config import BadConfig, main_document
from lab.talos.validation import complaints, misfits, refusal, unknown_keys

_AT_ONCE = frozenset({
    "ca", "acceptedCAs", "time", "certSANs", "install", "network", "sysfs", "sysctls", "logging", "controlPlane",
    "kubelet", "kernel", "registries", "pods", "seccompProfiles", "nodeAnnotations", "nodeLabels", "nodeTaints",
})  # fmt: skip
_FEATURES_AT_ONCE = frozenset({
    "kubernetesTalosAPIAccess", "kubePrism", "hostDNS", "imageCache", "nodeAddressSortAlgorithm",
})  # fmt: skip
_WITH_REBOOT = "Applied configuration with a reboot"
_WITHOUT = "Applied configuration without a reboot"
_STAGED = "Staged configuration to be applied after the next reboot"


def text_of(data: bytes) -> str:
    """The config that was sent. Raises GRPCError when it is no text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise GRPCError(Status.UNKNOWN, "failed to parse config: not UTF-8") from None


async def apply(call: Call) -> Any:
    text = text_of(call.request.data)
    _check(call, text)
    asked = call.api.mode_name(call.request.mode)
    mode, details, reason = _mode(asked, call.machine.disk.config, text)
    if call.request.dry_run:
        summary = f"Dry run summary:\n{details} (skipped in dry-run).\n{difference(_running(call), text)}"
        return call.reply("ApplyConfiguration", mode=mode, mode_details=summary)
    details += _take(call, mode, text)
    return call.reply("ApplyConfiguration", mode=mode, mode_details=details + reason)


def _running(call: Call) -> str:
    return call.machine.config.text if call.machine.config else ""


def _check(call: Call, text: str) -> None:
    try:
        keys = unknown_keys(text)
        wrong = complaints(text, installed=True) or misfits(text, call.machine.disks)
    except BadConfig as error:
        raise GRPCError(Status.INVALID_ARGUMENT, str(error)) from None
    if keys:
        raise GRPCError(Status.INVALID_ARGUMENT, f"unknown keys found during decoding: {', '.join(keys)}")
    if wrong:
        raise GRPCError(Status.INVALID_ARGUMENT, refusal(wrong))


def _mode(asked: str, current: str, new: str) -> tuple[str, str, str]:
    """(mode, details, why a reboot) of what is going to happen. Raises GRPCError where it cannot."""
    blocked = needs_reboot(current, new)
    if asked in ("TRY", "NO_REBOOT"):
        if blocked:
            raise GRPCError(Status.INVALID_ARGUMENT, blocked)
        return asked, _WITHOUT, ""
    if asked == "AUTO":
        return ("REBOOT", _WITH_REBOOT, f": {blocked}") if blocked else ("NO_REBOOT", _WITHOUT, "")
    return asked, _STAGED if asked == "STAGED" else _WITH_REBOOT, ""


def _take(call: Call, mode: str, text: str) -> str:
    """Do it; what is to be added to the details."""
    machine = call.machine
    if mode == "TRY":
        given = call.request.HasField("try_mode_timeout")
        seconds = call.request.try_mode_timeout.ToTimedelta().total_seconds() if given else machine.delays.try_s
        machine.take(text)
        machine.roll_back_after(seconds)
        return (
            "\nThe config is applied in 'try' mode and will be automatically reverted back in "
            f"{int(seconds // 60)}m{seconds % 60:g}s"
        )
    if mode == "NO_REBOOT":
        machine.keep(text)
        return ""
    machine.disk.staged = text
    machine.disk.write()
    if mode == "REBOOT":
        machine.reboot()
    return ""


def needs_reboot(current: str, new: str) -> str:
    """Why Talos cannot take the new config while it runs, "" when it can."""
    before, after = _fixed(current), _fixed(new)
    if before == after:
        return ""
    return f"this config change can't be applied in immediate mode\ndiff: {_lines(_yaml(before), _yaml(after))}"


def _fixed(text: str) -> dict[str, Any]:
    """What of a config only counts from a boot on."""
    document = {key: value for key, value in main_document(text).items() if key not in ("debug", "cluster")}
    machine = {key: value for key, value in (document.get("machine") or {}).items() if key not in _AT_ONCE}
    features = machine.get("features") or {}
    machine["features"] = {key: value for key, value in features.items() if key not in _FEATURES_AT_ONCE}
    return {**document, "machine": machine}


def difference(current: str, new: str) -> str:
    """The dry run's diff: of the meaning, so comments and the order of keys count for nothing."""
    try:
        before, after = list(yaml.safe_load_all(current)), list(yaml.safe_load_all(new))
    except yaml.YAMLError:
        return "Config diff:\n\nNo changes."
    if before == after:
        return "Config diff:\n\nNo changes."
    return f"Config diff:\n\n{_lines(_documents(before), _documents(after))}"


def _documents(documents: list[Any]) -> str:
    return "---\n".join(_yaml(document) for document in documents if document is not None)


def _yaml(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=True, indent=4, width=1000)


def _lines(before: str, after: str) -> str:
    found = difflib.unified_diff(before.splitlines(True), after.splitlines(True), "a", "b", n=3)
    return "".join(found)
