"""The files of a control plane machine, all made from its machine config: keys, certificates, kubeconfigs, settings.

Names, organizations and subject alternative names are those that Talos gives (its secrets controllers).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from lab.control_plane.certificates import PEER, SERVER, Subject, distinct_addresses, issue, public_key
from lab.control_plane.kubeconfig import kubeconfig
from lab.control_plane.settings import admission, encryption
from lab.control_plane.where import API_PORT, service_address
from lab.machine_config import MachineConfig, Pki

MASTERS = "system:masters"
CONTROLLER_MANAGER = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
ADMIN = Subject("admin", MASTERS)


def admin_kubeconfig(config: MachineConfig) -> str:
    """What `talosctl kubeconfig` gives: an administrator's, by the cluster's endpoint."""
    return _kubeconfig(config, ADMIN, config.endpoint)


def files(config: MachineConfig) -> dict[str, str]:
    """File name -> text. Raises ValueError for a config without a control plane's CAs."""
    etcd, aggregator = config.etcd_ca, config.aggregator_ca
    if not (config.control_plane and etcd and aggregator):
        raise ValueError(
            f"{config.hostname} has no control plane's machine config: it lacks etcd's or the aggregator's CA"
        )
    settings = {
        "encryption.yaml": encryption(config.secretbox_secret),
        "admission.yaml": admission(config.pod_security),
        "service-account.key": config.service_account_key,
        "service-account.pub": public_key(config.service_account_key),
        "ca.crt": config.kubernetes_ca.crt,
        "ca.key": config.kubernetes_ca.key,
        "etcd-ca.crt": etcd.crt,
        "aggregator-ca.crt": aggregator.crt,
    }
    return settings | _etcd_pairs(config, etcd) | _kubernetes_pairs(config, aggregator) | _kubeconfigs(config)


def _etcd_pairs(config: MachineConfig, ca: Pki) -> dict[str, str]:
    names, addresses = (config.hostname,), (config.address,)
    member = Subject(config.hostname, "", PEER, (*names, "localhost"), (*addresses, "127.0.0.1"))
    return (
        _pair("etcd-server", issue(ca, member))
        | _pair("etcd-peer", issue(ca, Subject(config.hostname, "", PEER, names, addresses)))
        | _pair("etcd-admin", issue(ca, Subject("talos")))
        | _pair("etcd-client", issue(ca, Subject("kube-apiserver")))
    )


def _kubernetes_pairs(config: MachineConfig, aggregator: Pki) -> dict[str, str]:
    ca = config.kubernetes_ca
    local = Subject(config.hostname, "", SERVER, (config.hostname, "localhost"), (config.address,))
    return (
        _pair("apiserver", issue(ca, api_server(config)))
        | _pair("apiserver-kubelet-client", issue(ca, Subject("apiserver-kubelet-client", MASTERS)))
        | _pair("front-proxy-client", issue(aggregator, Subject("front-proxy-client")))
        | _pair("admin", issue(ca, ADMIN))
        # one that is made at start instead costs each component an RSA key
        | _pair("components", issue(ca, local))
    )


def api_server(config: MachineConfig) -> Subject:
    """The API server's own certificate, valid by every name and address that it is reached at."""
    endpoint = urlsplit(config.endpoint).hostname or ""
    kubernetes = "kubernetes.default.svc.cluster.local"
    names, addresses = distinct_addresses(
        (
            *("kubernetes", "kubernetes.default", "kubernetes.default.svc", kubernetes, "localhost", config.hostname),
            *(endpoint, config.address, config.vip, service_address(config), "127.0.0.1", *config.api_cert_sans),
        )
    )
    return Subject("kube-apiserver", "kube-master", SERVER, names, addresses)


def _kubeconfigs(config: MachineConfig) -> dict[str, str]:
    here = f"https://{config.address}:{API_PORT}"
    return {
        "controller-manager.kubeconfig": _kubeconfig(config, Subject(CONTROLLER_MANAGER, CONTROLLER_MANAGER), here),
        "scheduler.kubeconfig": _kubeconfig(config, Subject(SCHEDULER, SCHEDULER), here),
    }


def _kubeconfig(config: MachineConfig, who: Subject, server: str) -> str:
    ca = config.kubernetes_ca
    return kubeconfig(config.cluster_name, server, ca.crt, who.common_name, issue(ca, who))


def _pair(name: str, pki: Pki) -> dict[str, str]:
    return {f"{name}.crt": pki.crt, f"{name}.key": pki.key}
