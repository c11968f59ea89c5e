"""The cluster model: what an inventory file says, as frozen values."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Mac = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")]
OpReference = Annotated[str, StringConstraints(pattern=r"^op://")]
Role = Literal["control-plane", "worker"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InstallDisk(Model):
    """Which disk Talos is installed on: the one that has all the given attributes."""

    path: Annotated[str, StringConstraints(pattern=r"^/dev/")] | None = None
    model: str | None = None
    serial: str | None = None


class VirtualMachine(Model):
    """The Proxmox VM of a node. host: the Proxmox host that it lives on. id: its VMID."""

    host: Name
    id: Annotated[int, Field(ge=100, le=999_999_999)]


class Node(Model):
    name: Name
    address: IPv4Address
    role: Role
    mac: Mac
    install_disk: InstallDisk
    vm: VirtualMachine | None = None


class Network(Model):
    """Ranges and services of the cluster's network."""

    nodes: IPv4Network
    pods: IPv4Network
    services: IPv4Network
    gateway: IPv4Address
    nameservers: tuple[IPv4Address, ...]
    time_servers: tuple[str, ...]


class Endpoint(Model):
    """Where the API of the cluster is reached: the virtual address that the control planes share."""

    vip: IPv4Address
    name: str
    port: int = 6443


class Git(Model):
    url: str
    branch: str


class Secrets(Model):
    """Where secret values come from. vault: the 1Password vault that every reference of this cluster must be in."""

    vault: str
    backend: Literal["op", "connect"] = "op"
    connect_url: str | None = None


class Identity(Model):
    """References to the PKI values that prove which cluster answers."""

    cluster_id: OpReference
    talos_ca: OpReference
    kubernetes_ca: OpReference


class Talos(Model):
    version: Annotated[str, StringConstraints(pattern=r"^v\d+\.\d+\.\d+$")]
    schematic: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class KubernetesVersion(Model):
    version: Annotated[str, StringConstraints(pattern=r"^v\d+\.\d+\.\d+$")]


class Files(Model):
    """Where the two credential files go (mode 0600). `~` is the operator's home."""

    kubeconfig: str
    talosconfig: str


class Limits(Model):
    """Bounds of a run, in seconds. deadlines and stability: by step name, instead of the step's own."""

    command_s: Annotated[float, Field(gt=0)] = 10_800.0
    acts_at_once: Annotated[int, Field(ge=1)] = 8
    deadlines: dict[str, Annotated[float, Field(gt=0)]] = {}
    stability: dict[str, Annotated[float, Field(ge=0)]] = {}


class Cluster(Model):
    """One cluster of the inventory. Clusters share nothing."""

    name: Name
    protected: bool
    tree: str
    endpoint: Endpoint
    network: Network
    git: Git
    secrets: Secrets
    identity: Identity
    talos: Talos
    kubernetes: KubernetesVersion
    files: Files
    nodes: tuple[Node, ...]
    critical_apps: tuple[str, ...] = ()
    """Flux Kustomizations as namespace/name whose readiness the bootstrap waits for."""
    limits: Limits = Limits()

    @property
    def control_planes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.role == "control-plane")

    @property
    def workers(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.role == "worker")
