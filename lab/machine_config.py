"""A machine config as the lab's machines obey it: the fields that they read, taken out of the YAML."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pki:
    """A CA: PEM texts. key: "" where the config has none (a worker's)."""

    crt: str
    key: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class MachineConfig:
    """One machine config, v1alpha1. text: as it was applied.

    endpoint: https URL of the cluster's API. vip: "" without one. api_args, etcd_args, ...: extraArgs.
    service_account_key: PEM. pod_security: the PodSecurity admission configuration, as a mapping, or None.
    """

    text: str = field(repr=False)
    control_plane: bool
    hostname: str
    address: str
    vip: str
    cluster_name: str
    cluster_id: str
    endpoint: str
    machine_ca: Pki
    kubernetes_ca: Pki
    etcd_ca: Pki | None
    aggregator_ca: Pki | None
    service_account_key: str = field(repr=False)
    machine_token: str = field(repr=False)
    cert_sans: tuple[str, ...]
    api_cert_sans: tuple[str, ...]
    api_args: dict[str, str]
    controller_manager_args: dict[str, str]
    scheduler_args: dict[str, str]
    etcd_args: dict[str, str]
    secretbox_secret: str = field(repr=False)
    pod_security: dict[str, object] | None
    cni: str
    pod_subnets: tuple[str, ...]
    service_subnets: tuple[str, ...]
    node_labels: dict[str, str]
    schedulable_control_planes: bool
    talos_version: str
    kubernetes_version: str
