"""A Node as the kubelet of one of the lab's machines writes it."""

from __future__ import annotations

from typing import Any

from lab.contents.api import Object
from lab.contents.kwok import LABEL
from lab.contents.world import condition, now
from lab.machine_config import MachineConfig

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"

_CAPACITY = {"cpu": "16", "memory": "65536Mi", "pods": "110", "ephemeral-storage": "480Gi"}
_NO_NETWORK = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: cni plugin not initialized"
)
_PRESSURES = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


def node(config: MachineConfig) -> Object:
    """What is created when the machine's kubelet registers."""
    taints = [{"key": CONTROL_PLANE, "effect": "NoSchedule"}]
    closed = config.control_plane and not config.schedulable_control_planes
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": config.hostname, "labels": labels(config)},
        "spec": {"taints": taints} if closed else {},
    }


def labels(config: MachineConfig) -> dict[str, str]:
    own = {
        "kubernetes.io/hostname": config.hostname,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "amd64",
        LABEL: "running",
    }
    return {**own, **({CONTROL_PLANE: ""} if config.control_plane else {}), **config.node_labels}


def status(config: MachineConfig, networked: bool, before: Object) -> Object:
    """The status that the kubelet reports. before: the Node as it is, whose times of transition stay."""
    ready = (
        ("True", "KubeletReady", "kubelet is posting ready status")
        if networked
        else ("False", "KubeletNotReady", _NO_NETWORK)
    )
    conditions = [(kind, "False", *why) for kind, why in _PRESSURES.items()] + [("Ready", *ready)]
    return {
        "addresses": [
            {"type": "InternalIP", "address": config.address},
            {"type": "Hostname", "address": config.hostname},
        ],
        "capacity": _CAPACITY,
        "allocatable": _CAPACITY,
        "conditions": [written(before, *entry) for entry in conditions],
        "nodeInfo": _info(config),
    }


def unknown(before: Object) -> Object:
    """The status that the node lifecycle controller gives to a Node whose heartbeat ended."""
    gone = ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    return {"conditions": [written(before, kind, *gone) for kind in (*_PRESSURES, "Ready")]}


def written(before: Object, kind: str, value: str, reason: str, message: str) -> dict[str, Any]:
    """A condition of a Node. Its time of transition changes with its value only."""
    old = condition(before, kind)
    since = old["lastTransitionTime"] if old.get("status") == value else now()
    return {
        "type": kind,
        "status": value,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": now(),
        "lastTransitionTime": since,
    }


def _info(config: MachineConfig) -> Object:
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "osImage": f"Talos ({config.talos_version})",
        "kernelVersion": "6.12.57-talos",
        "containerRuntimeVersion": "containerd://2.1.5",
        "kubeletVersion": config.kubernetes_version,
        "kubeProxyVersion": "",
        "machineID": "",
        "systemUUID": "",
        "bootID": "",
    }
