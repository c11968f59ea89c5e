"""Where a control plane machine's processes listen: each at its node's own address, on Talos' ports."""

from __future__ import annotations

from ipaddress import ip_network

from lab.machine_config import MachineConfig

ETCD_PORT = 2379
PEER_PORT = 2380
API_PORT = 6443
CONTROLLER_MANAGER_PORT = 10257
SCHEDULER_PORT = 10259
SERVICE_PORT = 443


def etcd_url(config: MachineConfig) -> str:
    return f"https://{config.address}:{ETCD_PORT}"


def peer_url(config: MachineConfig) -> str:
    return f"https://{config.address}:{PEER_PORT}"


def service_address(config: MachineConfig) -> str:
    """The address of the Service `kubernetes`: the first one of the service range."""
    return str(ip_network(config.service_subnets[0])[1])
