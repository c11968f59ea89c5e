"""The cluster model: what an inventory file says, as frozen values."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from inventory.shapes import (
    Address,
    Addresses,
    AppName,
    Backend,
    Branch,
    Count,
    DevicePath,
    Flag,
    GitUrl,
    Host,
    Hosts,
    Label,
    Mac,
    Name,
    OpReference,
    Pause,
    Port,
    PrivatePath,
    Range,
    Role,
    Schematic,
    Seconds,
    SecureUrl,
    StepName,
    TreePath,
    Vault,
    Version,
    Vlan,
    VmId,
    WebUrl,
)


class Model(BaseModel):
    """A section of an inventory file: frozen, and no key beyond those that it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InstallDisk(Model):
    """Which disk Talos is installed on: the one that has all the given attributes. At least one is given."""

    path: DevicePath | None = None
    model: Label | None = None
    serial: Label | None = None


class VirtualMachine(Model):
    """The Proxmox VM of a node. host: the Proxmox host that it lives on. id: its VMID."""

    host: Name
    id: VmId


class Node(Model):
    """One machine. mac: of the interface that has the address; a machine in maintenance mode is known by it (rule 2).

    vm: set on every node of a cluster of virtual machines, and on none of bare ones.
    """

    name: Name
    address: Address
    role: Role
    mac: Mac
    install_disk: InstallDisk
    vm: VirtualMachine | None = None


class Network(Model):
    """Ranges and services of the cluster's network.

    nodes: the on-link range of the machines; holds their addresses, the VIP and the gateway. pods, services: ranges
    inside Kubernetes. nameservers, time_servers: what the nodes ask, in this order.
    """

    nodes: Range
    pods: Range
    services: Range
    gateway: Address
    nameservers: Addresses
    time_servers: Hosts


class Endpoint(Model):
    """Where the API of the cluster is reached: the virtual address that the control planes share, and its DNS name."""

    vip: Address
    name: Host
    port: Port = 6443


class Git(Model):
    """The repository and branch that Flux follows. Clusters may share both, never the tree inside."""

    url: GitUrl
    branch: Branch


class Secrets(Model):
    """Where secret values come from. vault: the 1Password vault that every reference of this cluster must be in.

    backend: op (the operator's own session) or connect (a Connect server at connect_url).
    """

    vault: Vault
    backend: Backend = "op"
    connect_url: WebUrl | None = None


class Identity(Model):
    """References to the PKI values that prove which cluster answers."""

    cluster_id: OpReference
    talos_ca: OpReference
    kubernetes_ca: OpReference


class Talos(Model):
    """The Talos release that is installed, and the Image Factory schematic of its installer."""

    version: Version
    schematic: Schematic


class KubernetesVersion(Model):
    """The Kubernetes release that a new cluster begins with."""

    version: Version


class Files(Model):
    """Where the two credential files go (mode 0600). `~` is the operator's home."""

    kubeconfig: PrivatePath
    talosconfig: PrivatePath


class Hypervisor(Model):
    """The Proxmox VE that the cluster's VMs live on.

    api_url: its API. storage: of the VMs' disks. iso_storage: of the installer image. bridge, vlan: where the network
    interface of the VMs is.
    """

    api_url: SecureUrl
    storage: Label
    iso_storage: Label
    bridge: Name
    vlan: Vlan


class Limits(Model):
    """Bounds of a run, in seconds. deadlines and stability: by step name, instead of the step's own.

    command_s: of the whole command (rule 12). acts_at_once: how many acts may run at the same time.
    """

    command_s: Seconds = 10_800.0
    acts_at_once: Count = 8
    deadlines: dict[StepName, Seconds] = {}
    stability: dict[StepName, Pause] = {}


class Cluster(Model):
    """One cluster of the inventory. Clusters share nothing but, if they like, the Git repository.

    name: also that of the file. protected: nothing on it is destroyed by a flag alone, and no drill runs on it.
    tree: its folder in the repository. critical_apps: Flux Kustomizations as namespace/name whose readiness the
    bootstrap waits for. hypervisor: where its VMs live. nfs_server: host of the NFS shares that its apps mount.
    """

    name: Name
    protected: Flag
    tree: TreePath
    endpoint: Endpoint
    network: Network
    git: Git
    secrets: Secrets
    identity: Identity
    talos: Talos
    kubernetes: KubernetesVersion
    files: Files
    nodes: tuple[Node, ...]
    critical_apps: tuple[AppName, ...] = ()
    hypervisor: Hypervisor | None = None
    nfs_server: Host | None = None
    limits: Limits = Limits()

    @property
    def control_planes(self) -> tuple[Node, ...]:
        """The nodes that carry etcd and the API, in file order."""
        return tuple(node for node in self.nodes if node.role == "control-plane")

    @property
    def workers(self) -> tuple[Node, ...]:
        """The nodes that carry workloads only, in file order."""
        return tuple(node for node in self.nodes if node.role == "worker")
