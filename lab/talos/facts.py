"""What a machine knows of etcd and Kubernetes at one moment, and what its readiness lacks.

Source of the conditions: siderolabs/talos 1.11.5, internal/app/machined/pkg/controllers/runtime/machine_status.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lab.ports import StaticPod
from lab.talos.services import Services

_REQUIRED = ("apid", "machined", "kubelet")
_REQUIRED_CONTROL_PLANE = (*_REQUIRED, "etcd", "trustd")


class Stage(StrEnum):
    """MachineStatus' stages, and `off`."""

    OFF = "off"
    MAINTENANCE = "maintenance"
    INSTALLING = "installing"
    REBOOTING = "rebooting"
    BOOTING = "booting"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting down"
    RESETTING = "resetting"
    UPGRADING = "upgrading"


@dataclass(frozen=True, slots=True)
class Facts:
    """etcd_member: its member id, 0 where it runs none."""

    etcd_healthy: bool = False
    etcd_member: int = 0
    static_pods: tuple[StaticPod, ...] = ()
    registered: bool = False
    node_ready: bool = False


NOTHING = Facts()


def unmet(
    stage: Stage, services: Services, facts: Facts, time_synced: bool, control_plane: bool, name: str
) -> tuple[tuple[str, str], ...]:
    """(condition, reason) of all that is not met; none of them counts before a boot and while one ends."""
    if stage not in (Stage.BOOTING, Stage.RUNNING):
        return ()
    problems = ", ".join(_services(services, control_plane))
    pods = ", ".join(f"kube-system/{pod.name}-{name} not ready" for pod in facts.static_pods if not pod.ready)
    node = "" if facts.node_ready else f'node "{name}" is not ready'
    if not facts.registered:
        node = f'node "{name}" status is not available yet'
    found = (
        ("time", "" if time_synced else "time is not synced"),
        ("services", problems),
        ("staticPods", pods),
        ("nodeReady", node),
    )
    return tuple((condition, reason) for condition, reason in found if reason)


def _services(services: Services, control_plane: bool) -> Iterator[str]:
    for service in services.all.values():
        if service.state != "Running":
            yield f"{service.id} not running"
        elif service.healthy is False:
            yield f"{service.id} not healthy"
    for id in _REQUIRED_CONTROL_PLANE if control_plane else _REQUIRED:
        if id not in services.all:
            yield f"{id} not running"
