"""One machine of the simulated world, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from inventory.model import Node

ANSWERS_INSECURE = frozenset({"maintenance", "installing"})
ANSWERS_OURS = frozenset({"booting", "running"})


@dataclass(slots=True)
class MachineRecord:
    """phase: off | maintenance | installing | rebooting | booting | running; only installing still answers insecurely.

    life: counts reboots and power cuts; what was begun in an earlier life comes to nothing.
    kind: machine.type of the applied config, "" without one. config: its text with vault values veiled.
    talos_ca, cluster_ca: fingerprints from that config. etcd: id of the etcd cluster whose data it holds, "" for none.
    serves_api: its kube-apiserver runs. node_ready: its Kubernetes node is Ready.
    registered_in: the life in which its kubelet registered last. awaits_issuer: a worker that waits for a control plane
    to sign its certificate.
    """

    name: str
    address: str
    macs: list[str]
    disks: list[dict[str, str | int | None]]
    talos_version: str
    phase: str = "maintenance"
    life: int = 0
    kind: str = ""
    hostname: str = ""
    config: str = ""
    digest: str = ""
    cluster_id: str = ""
    talos_ca: str = ""
    cluster_ca: str = ""
    foreign: bool = False
    time_synced: bool = True
    runtime: bool = False
    etcd: str = ""
    etcd_running: bool = False
    serves_api: bool = False
    node_ready: bool = False
    bootstrap_pending: bool = False
    registered_in: int = -1
    awaits_issuer: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def configured(self) -> bool:
        return bool(self.digest)

    @property
    def control_plane(self) -> bool:
        return self.kind == "controlplane"


def bare_machine(node: Node, talos_version: str) -> MachineRecord:
    """A machine that booted the installer image, with an empty install disk and one disk more for data."""
    disk = node.install_disk
    serial = disk.serial or f"SER{node.mac.replace(':', '').upper()}"
    path = disk.path or "/dev/nvme0n1"
    install: dict[str, str | int | None] = {
        "path": path,
        "size_bytes": 500_107_862_016,
        "model": disk.model or "QEMU HARDDISK",
        "serial": serial,
        "content": None,
    }
    other: dict[str, str | int | None] = {
        "path": "/dev/nvme1n1" if path != "/dev/nvme1n1" else "/dev/nvme2n1",
        "size_bytes": 1_000_204_886_016,
        "model": "WD Red SN700 1000GB",
        "serial": f"WD{node.mac.replace(':', '').upper()}",
        "content": None,
    }
    disks = [install] if node.vm is not None else [install, other]
    return MachineRecord(node.name, str(node.address), [node.mac], disks, talos_version)
