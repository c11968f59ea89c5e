"""What Talos refuses in a machine config, in its own words.

Source: siderolabs/talos 1.11.5, pkg/machinery/config/types/v1alpha1/v1alpha1_validation.go; the obvious rules of it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from typing import Any

from lab.talos.config import main_document
from lab.talos.hardware import DiskHardware

_ROOT = frozenset({"version", "debug", "persist", "machine", "cluster"})
_MACHINE = frozenset({
    "type", "token", "ca", "acceptedCAs", "certSANs", "controlPlane", "kubelet", "pods", "network", "disks",
    "install", "files", "env", "time", "sysctls", "sysfs", "registries", "systemDiskEncryption", "features", "udev",
    "logging", "kernel", "seccompProfiles", "baseRuntimeSpecOverrides", "nodeLabels", "nodeAnnotations",
    "nodeTaints",
})  # fmt: skip
_CLUSTER = frozenset({
    "id", "secret", "controlPlane", "clusterName", "network", "token", "aescbcEncryptionSecret",
    "secretboxEncryptionSecret", "ca", "acceptedCAs", "aggregatorCA", "serviceAccount", "apiServer",
    "controllerManager", "proxy", "scheduler", "discovery", "etcd", "coreDNS", "externalCloudProvider",
    "extraManifests", "extraManifestHeaders", "inlineManifests", "adminKubeconfig", "allowSchedulingOnMasters",
    "allowSchedulingOnControlPlanes",
})  # fmt: skip
_FIELDS = ("uuid", "wwid", "model", "serial", "modalias")  # of a disk selector, in the order of Talos' expression


def refusal(complaints: Sequence[str]) -> str:
    """Several errors as Talos gives them in one."""
    counted = "1 error" if len(complaints) == 1 else f"{len(complaints)} errors"
    points = "\n\t".join(f"* {complaint}" for complaint in complaints)
    return f"{counted} occurred:\n\t{points}\n\n"


def unknown_keys(text: str) -> tuple[str, ...]:
    """Keys that Talos' loader does not know, by path. Raises lab.talos.config.BadConfig."""
    document = main_document(text)
    sections = (("", document, _ROOT), ("machine.", document.get("machine"), _MACHINE))
    return tuple(
        f"{prefix}{key}"
        for prefix, section, known in (*sections, ("cluster.", document.get("cluster"), _CLUSTER))
        if isinstance(section, dict)
        for key in section
        if key not in known
    )


def complaints(text: str, installed: bool) -> tuple[str, ...]:
    """What is wrong with a config by itself; empty when Talos takes it. Raises lab.talos.config.BadConfig."""
    document = main_document(text)
    machine, cluster = document.get("machine"), document.get("cluster")
    if not isinstance(machine, dict):
        return ("machine instructions are required",)
    kind = str(machine.get("type", ""))
    control_plane = kind in ("controlplane", "init")
    rules = (
        _cluster(cluster, control_plane), () if installed else _install(machine), _issuer(machine),
        _control_plane(machine) if control_plane else _worker(machine, cluster, kind), _persistence(document),
    )  # fmt: skip
    return tuple(complaint for rule in rules for complaint in rule)


def _cluster(cluster: object, control_plane: bool) -> Iterator[str]:
    if not isinstance(cluster, dict):
        yield "cluster instructions are required"
    elif not _of(cluster, "controlPlane").get("endpoint"):
        yield "cluster controlplane endpoint is required"
    elif cluster.get("etcd") is not None and not control_plane:
        yield "etcd config is only allowed on control plane machines"
    elif cluster.get("etcd") is not None and not _of(_of(cluster, "etcd"), "ca").get("crt"):
        yield "key/cert combination should not be empty"


def _install(machine: dict[str, Any]) -> Iterator[str]:
    install = machine.get("install")
    if not isinstance(install, dict):
        yield 'install instructions are required in "metal" mode'
    elif not install.get("disk") and not install.get("diskSelector"):
        yield "either install disk or diskSelector should be defined"


def _issuer(machine: dict[str, Any]) -> Iterator[str]:
    if not machine.get("ca") and not machine.get("acceptedCAs"):
        yield "issuing CA or some accepted CAs are required (.machine.ca, machine.acceptedCAs)"


def _control_plane(machine: dict[str, Any]) -> Iterator[str]:
    if not machine.get("ca"):
        yield "issuing CA is required (.machine.ca)"
    elif not _of(machine, "ca").get("key"):
        yield "issuing CA key is required for controlplane nodes (.machine.ca.key)"


def _worker(machine: dict[str, Any], cluster: object, kind: str) -> Iterator[str]:
    if kind not in ("worker", "join"):
        yield f'unknown machine type "{kind}"'
        return
    interfaces = _of(machine, "network").get("interfaces") or ()
    if any("vip" in interface for interface in interfaces):
        yield "virtual (shared) IP is not allowed on non-controlplane nodes"
    if _of(machine, "ca").get("key"):
        yield "issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)"
    if isinstance(cluster, dict) and _of(cluster, "ca").get("key"):
        yield "cluster CA key is not allowed on non-controlplane nodes (.cluster.ca)"
    if _of(_of(machine, "features"), "kubernetesTalosAPIAccess").get("enabled"):
        yield "feature Kubernetes Talos API Access can only be enabled on control plane machines"


def _persistence(document: dict[str, Any]) -> Iterator[str]:
    if document.get("persist") is False:
        yield ".persist should be enabled"


def _of(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    found = mapping.get(name)
    return found if isinstance(found, dict) else {}


def chosen_disk(text: str, disks: Sequence[DiskHardware]) -> DiskHardware | None:
    """The disk that the config installs to: its selector's first match, else by path; None when no disk is that one."""
    install = _of(_of(main_document(text), "machine"), "install")
    selector = _of(install, "diskSelector")
    if selector:
        return next((disk for disk in disks if _matches(selector, disk)), None)
    return next((disk for disk in disks if disk.path == install.get("disk")), None)


def _matches(selector: dict[str, Any], disk: DiskHardware) -> bool:
    have = {"model": disk.model, "serial": disk.serial}
    kind = selector.get("type")
    return (kind is None or kind == "nvme" == disk.transport or (kind == "ssd" and disk.transport == "virtio")) and all(
        fnmatch.fnmatchcase(have.get(name, ""), str(selector[name])) for name in _FIELDS if selector.get(name)
    )


def misfits(text: str, disks: Sequence[DiskHardware]) -> tuple[str, ...]:
    """What is wrong with a config on this machine: a disk selector that matches no disk."""
    selector = _of(_of(_of(main_document(text), "machine"), "install"), "diskSelector")
    if not selector or chosen_disk(text, disks) is not None:
        return ()
    patterns = [f'glob("{selector[name]}", disk.{name})' for name in _FIELDS if selector.get(name)]
    expression = " && ".join((*patterns, 'disk.transport != ""'))
    return (f"no disks matched the expression: {expression}",)
