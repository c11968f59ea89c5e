"""A machine config of the tree as the lab reads it."""

from __future__ import annotations

import base64

import pytest
import yaml

from lab.machine_config import MachineConfig, Pki
from lab.talos.config import image_tag, parsed


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CONTROL_PLANE = {
    "version": "v1alpha1",
    "machine": {
        "type": "controlplane",
        "token": "t0ken",
        "ca": {"crt": _packed("machine crt"), "key": _packed("machine key")},
        "certSANs": ["10.11.0.10"],
        "kubelet": {"image": "ghcr.io/siderolabs/kubelet:v1.34.4"},
        "install": {"image": "factory.talos.dev/metal-installer/3765:v1.11.5"},
        "network": {
            "hostname": "k8s-1",
            "interfaces": [{"dhcp": True}, {"addresses": ["10.11.0.11/16"], "vip": {"ip": "10.11.0.10"}}],
        },
        "nodeLabels": {"zone": 1},
    },
    "cluster": {
        "id": "the id",
        "clusterName": "main",
        "controlPlane": {"endpoint": "https://main:6443"},
        "ca": {"crt": _packed("k8s crt"), "key": _packed("k8s key")},
        "aggregatorCA": {"crt": _packed("agg crt"), "key": _packed("agg key")},
        "serviceAccount": {"key": _packed("sa key")},
        "network": {"cni": {"name": "none"}, "podSubnets": ["10.42.0.0/16"], "serviceSubnets": ["10.43.0.0/16"]},
        "apiServer": {
            "certSANs": ["main"],
            "extraArgs": {"v": 2},
            "admissionControl": [{"name": "PodSecurity", "configuration": {"kind": "PodSecurityConfiguration"}}],
        },
        "controllerManager": {"extraArgs": {"bind-address": "0.0.0.0"}},
        "scheduler": {"extraArgs": {"bind-address": "::"}},
        "etcd": {"ca": {"crt": _packed("etcd crt"), "key": _packed("etcd key")}, "extraArgs": {"m": "1"}},
        "secretboxEncryptionSecret": "box",
        "allowSchedulingOnControlPlanes": True,
    },
}


def test_a_control_plane() -> None:
    """Every field comes from its place; values of arguments and labels are texts."""
    text = yaml.safe_dump(CONTROL_PLANE)
    assert parsed(text) == MachineConfig(
        text=text,
        control_plane=True,
        hostname="k8s-1",
        address="10.11.0.11",
        vip="10.11.0.10",
        cluster_name="main",
        cluster_id="the id",
        endpoint="https://main:6443",
        machine_ca=Pki("machine crt", "machine key"),
        kubernetes_ca=Pki("k8s crt", "k8s key"),
        etcd_ca=Pki("etcd crt", "etcd key"),
        aggregator_ca=Pki("agg crt", "agg key"),
        service_account_key="sa key",
        machine_token="t0ken",
        cert_sans=("10.11.0.10",),
        api_cert_sans=("main",),
        api_args={"v": "2"},
        controller_manager_args={"bind-address": "0.0.0.0"},
        scheduler_args={"bind-address": "::"},
        etcd_args={"m": "1"},
        secretbox_secret="box",
        pod_security={"kind": "PodSecurityConfiguration"},
        cni="none",
        pod_subnets=("10.42.0.0/16",),
        service_subnets=("10.43.0.0/16",),
        node_labels={"zone": "1"},
        schedulable_control_planes=True,
        talos_version="v1.11.5",
        kubernetes_version="v1.34.4",
    )


def test_what_is_missing() -> None:
    """Talos' own defaults, and empty where it has none; a hostname may stand in a document of its own."""
    text = "version: v1alpha1\nmachine: {type: worker}\n---\nkind: HostnameConfig\nhostname: k8s-9\n"
    found = parsed(text)
    assert (found.control_plane, found.hostname, found.etcd_ca, found.address) == (False, "k8s-9", None, "")
    assert (found.cni, found.pod_subnets, found.service_subnets) == ("flannel", ("10.244.0.0/16",), ("10.96.0.0/12",))


def test_no_secret_is_shown() -> None:
    """Keys and tokens are in no representation of a config."""
    shown = repr(parsed(yaml.safe_dump(CONTROL_PLANE)))
    assert not [
        secret for secret in ("machine key", "k8s key", "etcd key", "sa key", "t0ken", "box") if secret in shown
    ]


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("ghcr.io/siderolabs/kubelet:v1.34.4", "v1.34.4"),
        ("localhost:5000/kubelet", ""),
        ("ghcr.io/siderolabs/kubelet:v1.34.4@sha256:00", "v1.34.4"),
        ("", ""),
    ],
)
def test_tags(image: str, tag: str) -> None:
    """A port is no tag, and a digest is none of it."""
    assert image_tag(image) == tag
