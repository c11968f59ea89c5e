"""Who may call what, by the roles in the client's certificate.

Source: siderolabs/talos 1.11.5, internal/app/machined/pkg/system/services/machined.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ADMIN = "os:admin"
_READ = frozenset({
    "Dmesg", "EtcdAlarmList", "EtcdMemberList", "EtcdStatus", "Events", "Hostname", "LoadAvg", "Logs",
    "LogsContainers", "Memory", "Mounts", "Processes", "ServiceList", "Stats", "SystemStat", "Version", "DiskUsage",
    "DiskStats", "CPUInfo", "List", "HealthCheck", "Time", "TimeCheck", "Disks", "Get", "Watch", "Containers",
    "NetworkDeviceStats", "Netstat", "ImageList",
})  # fmt: skip
_OPERATE = frozenset({
    "EtcdSnapshot", "EtcdAlarmDisarm", "EtcdDefragment", "Reboot", "Restart", "Shutdown", "ServiceStart",
})  # fmt: skip
_BACKUP = frozenset({
    "EtcdAlarmList", "EtcdMemberList", "EtcdSnapshot", "EtcdStatus",
})  # fmt: skip
_OF_ROLE = {"os:operator": _READ | _OPERATE, "os:reader": _READ, "os:etcd:backup": _BACKUP}


def roles(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """The roles of a peer's certificate (as ssl gives it): the organizations of its subject."""
    subject = (certificate or {}).get("subject", ())
    return frozenset(value for part in subject for key, value in part if key == "organizationName")


def allowed(path: str, held: frozenset[str]) -> bool:
    """Whether a client with these roles may make the call."""
    call = path.rpartition("/")[2]
    return ADMIN in held or any(call in _OF_ROLE.get(role, ()) for role in held)
