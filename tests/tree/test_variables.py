"""The variables of templates, from the inventory."""

from __future__ import annotations

import pytest

from inventory.model import InstallDisk
from tests.tree.samples import SCHEMATIC, cluster
from tree.variables import variables

OF_THE_CLUSTER = {
    "CLUSTER_NAME": "alpha",
    "CLUSTER_ENDPOINT": "https://alpha.k8s.internal:6443",
    "CLUSTER_ENDPOINT_NAME": "alpha.k8s.internal",
    "CLUSTER_VIP": "192.0.2.10",
    "NODE_NETWORK": "192.0.2.0/24",
    "POD_NETWORK": "10.42.0.0/16",
    "SERVICE_NETWORK": "10.43.0.0/16",
    "GATEWAY": "192.0.2.1",
    "NAMESERVERS": "192.0.2.1,192.0.2.2",
    "TIME_SERVERS": "time.example",
    "TALOS_VERSION": "v1.11.5",
    "TALOS_SCHEMATIC": SCHEMATIC,
    "KUBERNETES_VERSION": "v1.34.4",
    "GIT_URL": "https://git.example/owner/homelab",
    "GIT_BRANCH": "main",
    "SECRETS_VAULT": "alpha",
    "CONTROL_PLANES": "192.0.2.11",
    "NODES": "192.0.2.11,192.0.2.12",
    "CONTROL_PLANE_COUNT": "1",
}
OF_A_NODE = {
    "NODE_NAME": "a-1",
    "NODE_ADDRESS": "192.0.2.11",
    "NODE_PREFIX": "24",
    "NODE_MAC": "02:00:00:00:00:01",
    "NODE_ROLE": "control-plane",
    "IS_CONTROL_PLANE": "true",
    "INSTALL_DISK_SERIAL": "S-1",
    "INSTALL_DISK_MODEL": "",
    "INSTALL_DISK_PATH": "",
}


def test_a_template_of_the_cluster_sees_the_cluster_only() -> None:
    """A talosconfig that asked for a node's address would mean nothing."""
    assert variables(cluster()) == OF_THE_CLUSTER


def test_a_template_of_a_node_sees_both() -> None:
    """Every variable by its value; what the inventory does not set is empty."""
    assert variables(cluster(), cluster().nodes[0]) == {**OF_THE_CLUSTER, **OF_A_NODE}


@pytest.mark.parametrize(("index", "flag", "role"), [(0, "true", "control-plane"), (1, "", "worker")])
def test_the_role_reads_well_in_an_if(index: int, flag: str, role: str) -> None:
    """`#% if ENV.IS_CONTROL_PLANE %#` needs an empty text for no."""
    found = variables(cluster(), cluster().nodes[index])
    assert (found["IS_CONTROL_PLANE"], found["NODE_ROLE"]) == (flag, role)


@pytest.mark.parametrize(("name", "value"), [("path", "/dev/nvme0n1"), ("model", "Disk 1"), ("serial", "S")])
def test_each_way_to_name_a_disk_has_its_variable(name: str, value: str) -> None:
    """The others stay empty."""
    node = cluster().nodes[0].model_copy(update={"install_disk": InstallDisk.model_validate({name: value})})
    found = variables(cluster(), node)
    disks = {key: found[f"INSTALL_DISK_{key.upper()}"] for key in ("path", "model", "serial")}
    assert disks == {"path": "", "model": "", "serial": "", name: value}
