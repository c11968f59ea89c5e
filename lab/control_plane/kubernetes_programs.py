"""API server, controller manager and scheduler of one machine, as programs: Talos' flags, at the node's own address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab.control_plane.arguments import command_line
from lab.control_plane.disk import Disk
from lab.control_plane.where import API_PORT, CONTROLLER_MANAGER_PORT, SCHEDULER_PORT, etcd_url
from lab.machine_config import MachineConfig
from lab.program import Program

API_SERVER = "kube-apiserver"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
COMPONENTS = (API_SERVER, CONTROLLER_MANAGER, SCHEDULER)

# A leader that was killed is followed within seconds, and a busy machine's is not taken for dead.
_ELECTION = {
    "leader-elect": "true",
    "leader-elect-lease-duration": "10s",
    "leader-elect-renew-deadline": "8s",
    "leader-elect-retry-period": "2s",
    "profiling": "false",
}


def name_of(node: str, component: str) -> str:
    """The program's name."""
    return f"{node}-{component}"


def component_program(component: str, program: Callable[[str], Path], config: MachineConfig, disk: Disk) -> Program:
    """One of COMPONENTS."""
    make = {API_SERVER: api_server, CONTROLLER_MANAGER: controller_manager, SCHEDULER: scheduler}[component]
    return Program(name_of(config.hostname, component), make(str(program(component)), config, disk.kubernetes))


def api_server(binary: str, config: MachineConfig, files: Path) -> tuple[str, ...]:
    own = {
        "allow-privileged": "true",
        "anonymous-auth": "false",
        "api-audiences": config.endpoint,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "service-account-issuer": config.endpoint,
        "service-cluster-ip-range": ",".join(config.service_subnets),
        "tls-min-version": "VersionTLS12",
    }
    fixed = {
        # webhooks and aggregated APIs are dialled at their pods' addresses: nothing translates a Service's here
        "enable-aggregator-routing": "true",
        "advertise-address": config.address,
        "bind-address": config.address,
        "secure-port": str(API_PORT),
        "etcd-servers": etcd_url(config),
    }
    return command_line(binary, own, config.api_args, {**fixed, **_api_server_files(files)}, config.address)


def _api_server_files(files: Path) -> dict[str, str]:
    names = {
        "admission-control-config-file": "admission.yaml",
        "client-ca-file": "ca.crt",
        "encryption-provider-config": "encryption.yaml",
        "etcd-cafile": "etcd-ca.crt",
        "etcd-certfile": "etcd-client.crt",
        "etcd-keyfile": "etcd-client.key",
        "kubelet-client-certificate": "apiserver-kubelet-client.crt",
        "kubelet-client-key": "apiserver-kubelet-client.key",
        "proxy-client-cert-file": "front-proxy-client.crt",
        "proxy-client-key-file": "front-proxy-client.key",
        "requestheader-client-ca-file": "aggregator-ca.crt",
        "service-account-key-file": "service-account.pub",
        "service-account-signing-key-file": "service-account.key",
        "tls-cert-file": "apiserver.crt",
        "tls-private-key-file": "apiserver.key",
    }
    return {flag: str(files / name) for flag, name in names.items()}


def controller_manager(binary: str, config: MachineConfig, files: Path) -> tuple[str, ...]:
    own = {
        **_ELECTION,
        # nodes get their pod ranges as Talos gives them; pods' addresses are the lab's own business
        "allocate-node-cidrs": "true",
        "cluster-cidr": ",".join(config.pod_subnets),
        "configure-cloud-routes": "false",
        "controllers": "*,tokencleaner",
        "service-cluster-ip-range": ",".join(config.service_subnets),
        "use-service-account-credentials": "true",
    }
    fixed = {
        "cluster-signing-cert-file": str(files / "ca.crt"),
        "cluster-signing-key-file": str(files / "ca.key"),
        "root-ca-file": str(files / "ca.crt"),
        "service-account-private-key-file": str(files / "service-account.key"),
        **_served(config, files, CONTROLLER_MANAGER_PORT, "controller-manager.kubeconfig"),
    }
    return command_line(binary, own, config.controller_manager_args, fixed, config.address)


def scheduler(binary: str, config: MachineConfig, files: Path) -> tuple[str, ...]:
    fixed = _served(config, files, SCHEDULER_PORT, "scheduler.kubeconfig")
    return command_line(binary, _ELECTION, config.scheduler_args, fixed, config.address)


def _served(config: MachineConfig, files: Path, port: int, kubeconfig: str) -> dict[str, str]:
    own = str(files / kubeconfig)
    return {
        "bind-address": config.address,
        "secure-port": str(port),
        "tls-cert-file": str(files / "components.crt"),
        "tls-private-key-file": str(files / "components.key"),
        "kubeconfig": own,
        "authentication-kubeconfig": own,
        "authorization-kubeconfig": own,
    }
