"""A machine config of someone else's cluster, with a PKI of its own."""

from __future__ import annotations

import base64

import yaml

from inventory.model import Node
from lab.talos.hardware import disks
from lab.talos.pki import new_ca


def foreign_config(node: Node, address: str, talos_version: str) -> str:
    """The config of a running machine at this node's address that is not ours."""
    ca = new_ca("talos")
    control_plane = node.role == "control-plane"
    packed = {"crt": _packed(ca.crt), "key": _packed(ca.key)}
    kubernetes = {"crt": _packed(new_ca("kubernetes").crt)}
    machine = {
        "type": "controlplane" if control_plane else "worker",
        "token": "foreign.machinetoken0000",
        "ca": packed,
        "certSANs": [address],
        "install": {"disk": disks(node)[0].path, "image": f"ghcr.io/siderolabs/installer:{talos_version}"},
        "network": {"hostname": f"foreign-{node.name}"},
    }
    cluster = {
        "id": "Zm9yZWlnbi1jbHVzdGVyLW9mLXNvbWVvbmUtZWxzZS4uLg==",
        "clusterName": "foreign",
        "controlPlane": {"endpoint": f"https://{address}:6443"},
        "ca": kubernetes,
    }
    return yaml.safe_dump({"version": "v1alpha1", "machine": machine, "cluster": cluster})


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
