"""What must hold within one cluster: each broken rule is one sentence that names both places."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.load import load_cluster
from tests.inventory.samples import ALPHA, BETA, Edit, edited, refusal, repository

BOTH = "correct one of the two"
USABLE = "expected an address inside 10.1.0.0/24, neither its first nor its last"
APART = "expected ranges that share no address"
ODD = "expected an odd number of control planes, e.g. 3; change a node's role"
VM_OR_NOT = "expected `vm` on every node or on none; add `vm:`"

BROKEN_RULES: list[tuple[str, str, tuple[Edit, ...], list[str]]] = [
    (
        "the name is the file's",
        "alpha",
        (("name: alpha", "name: gamma"),),
        ["1: the cluster is named gamma in the file of alpha; expected name: alpha; rename the file or the cluster"],
    ),
    (
        "node names are unique",
        "alpha",
        (("name: a-2", "name: a-1"),),
        [
            "38: node name a-1 of nodes[1].name is already nodes[0].name at inventory/alpha.yaml:32; "
            f"expected each node name once; {BOTH}"
        ],
    ),
    (
        "node addresses are unique",
        "alpha",
        (("10.1.0.12", "10.1.0.11"),),
        [
            "39: address 10.1.0.11 of nodes[1].address is already nodes[0].address at inventory/alpha.yaml:33; "
            f"expected each address once; {BOTH}"
        ],
    ),
    (
        "MACs are unique",
        "alpha",
        (("02:00:00:00:01:02", "02:00:00:00:01:01"),),
        [
            "41: MAC 02:00:00:00:01:01 of nodes[1].mac is already nodes[0].mac at inventory/alpha.yaml:35; "
            f"expected each MAC once; {BOTH}"
        ],
    ),
    (
        "disk serials are unique",
        "alpha",
        (("path: /dev/nvme0n1", "serial: aaa1"),),
        [
            "43: disk serial aaa1 of nodes[1].install_disk.serial is already nodes[0].install_disk.serial at "
            f"inventory/alpha.yaml:37; expected each disk serial once; {BOTH}"
        ],
    ),
    (
        "VMIDs are unique",
        "beta",
        (("id: 202", "id: 201"),),
        [
            "57: VMID 201 of nodes[1].vm.id is already nodes[0].vm.id at inventory/beta.yaml:48; "
            f"expected each VMID once; {BOTH}"
        ],
    ),
    (
        "the identity has three references",
        "alpha",
        (("op://alpha/talos/KCA", "op://Alpha/talos/ca"),),
        [
            "22: identity reference op://Alpha/talos/ca of identity.kubernetes_ca is already identity.talos_ca at "
            f"inventory/alpha.yaml:21; expected each identity reference once; {BOTH}"
        ],
    ),
    (
        "the two credential files are two",
        "alpha",
        (("~/alpha/talosconfig", "~/alpha/kubeconfig"),),
        [
            "30: file ~/alpha/kubeconfig of files.talosconfig is already files.kubeconfig at "
            f"inventory/alpha.yaml:29; expected each file once; {BOTH}"
        ],
    ),
    (
        "critical apps are named once",
        "alpha",
        (("- kube-system/cilium", "- kube-system/cilium\n  - kube-system/cilium"),),
        [
            "46: app kube-system/cilium of critical_apps[1] is already critical_apps[0] at inventory/alpha.yaml:45; "
            f"expected each app once; {BOTH}"
        ],
    ),
    (
        "node addresses are inside the nodes' range",
        "alpha",
        (("10.1.0.12", "10.1.1.12"),),
        [f"39: nodes[1].address 10.1.1.12 is not an address for a machine in network.nodes 10.1.0.0/24; {USABLE}"],
    ),
    (
        "the VIP is inside the nodes' range",
        "alpha",
        (("vip: 10.1.0.10", "vip: 10.9.0.10"),),
        [f"5: endpoint.vip 10.9.0.10 is not an address for a machine in network.nodes 10.1.0.0/24; {USABLE}"],
    ),
    (
        "the gateway is on the nodes' link",
        "alpha",
        (("gateway: 10.1.0.1", "gateway: 10.1.1.1"),),
        [f"11: network.gateway 10.1.1.1 is not an address for a machine in network.nodes 10.1.0.0/24; {USABLE}"],
    ),
    (
        "the first and the last address of a range are nobody's",
        "alpha",
        (("10.1.0.11", "10.1.0.0"), ("10.1.0.12", "10.1.0.255")),
        [
            f"33: nodes[0].address 10.1.0.0 is not an address for a machine in network.nodes 10.1.0.0/24; {USABLE}",
            f"39: nodes[1].address 10.1.0.255 is not an address for a machine in network.nodes 10.1.0.0/24; {USABLE}",
        ],
    ),
    (
        "the VIP is no node's address",
        "alpha",
        (("vip: 10.1.0.10", "vip: 10.1.0.12"),),
        [
            "5: endpoint.vip 10.1.0.12 is also nodes[1].address at inventory/alpha.yaml:39; "
            f"expected an address of its own; {BOTH}"
        ],
    ),
    (
        "the gateway is no node",
        "alpha",
        (("gateway: 10.1.0.1", "gateway: 10.1.0.11"),),
        [
            "11: network.gateway 10.1.0.11 is also nodes[0].address at inventory/alpha.yaml:33; "
            f"expected an address of its own; {BOTH}"
        ],
    ),
    (
        "the gateway is not the VIP",
        "alpha",
        (("gateway: 10.1.0.1", "gateway: 10.1.0.10"),),
        [
            "11: network.gateway 10.1.0.10 is also endpoint.vip at inventory/alpha.yaml:5; "
            f"expected an address of its own; {BOTH}"
        ],
    ),
    (
        "pods and nodes are apart",
        "alpha",
        (("pods: 10.100.0.0/16", "pods: 10.0.0.0/15"),),
        [f"9: network.pods 10.0.0.0/15 overlaps network.nodes 10.1.0.0/24 at inventory/alpha.yaml:8; {APART}"],
    ),
    (
        "services and pods are apart",
        "alpha",
        (("services: 10.101.0.0/16", "services: 10.100.7.0/24"),),
        [f"10: network.services 10.100.7.0/24 overlaps network.pods 10.100.0.0/16 at inventory/alpha.yaml:9; {APART}"],
    ),
    (
        "an even number of control planes",
        "alpha",
        (("role: worker", "role: control-plane"),),
        [f"31: 2 of 2 nodes are control-plane; {ODD}"],
    ),
    (
        "no control plane",
        "alpha",
        (("role: control-plane", "role: worker"),),
        [f"31: none of 2 nodes is control-plane; {ODD}"],
    ),
    (
        "an identity from another vault",
        "alpha",
        (("op://alpha/talos/CA", "op://gamma/talos/CA"),),
        ["21: identity.talos_ca points into the vault gamma; expected a reference that begins with op://alpha/"],
    ),
    (
        "a Connect server without an address",
        "beta",
        (("  connect_url: https://connect.test\n", ""),),
        [
            "19: secrets.backend is connect, and there is no secrets.connect_url; expected the server's address; "
            "add `connect_url:`"
        ],
    ),
    (
        "one node is not a VM",
        "beta",
        (("    vm:\n      host: pve-2\n      id: 202\n", ""),),
        [f"49: nodes[1] has no `vm`, but other nodes have one; {VM_OR_NOT}"],
    ),
    (
        "VMs without a hypervisor",
        "beta",
        (
            (
                "hypervisor:\n  api_url: https://pve.test:8006\n  storage: local-lvm\n  iso_storage: local\n"
                "  bridge: vmbr0\n  vlan: 12\n",
                "",
            ),
        ),
        ["33: the nodes are VMs, and there is no `hypervisor`; expected where their Proxmox is; add `hypervisor:`"],
    ),
    (
        "a hypervisor without VMs",
        "beta",
        (("    vm:\n      host: pve-1\n      id: 201\n", ""), ("    vm:\n      host: pve-2\n      id: 202\n", "")),
        [
            "33: there is a `hypervisor`, but no node is a VM; expected it for a cluster of VMs only; "
            "remove it, or add `vm:`"
        ],
    ),
    (
        "an install disk that is any disk",
        "alpha",
        (("install_disk:\n      serial: AAA1", "install_disk: {}"), ("path: /dev/nvme0n1", "path:")),
        [
            "36: nodes[0].install_disk names no disk; expected path, model or serial; add at least one of them",
            "41: nodes[1].install_disk names no disk; expected path, model or serial; add at least one of them",
        ],
    ),
    (
        "the operator's own kubeconfig",
        "alpha",
        (("~/alpha/kubeconfig", "~/.kube/config"),),
        [
            "29: files.kubeconfig is the default file ~/.kube/config, which other clusters use; "
            "expected a file of this cluster alone"
        ],
    ),
    (
        "the operator's own talosconfig",
        "alpha",
        (("~/alpha/talosconfig", "~/.talos/config"),),
        [
            "30: files.talosconfig is the default file ~/.talos/config, which other clusters use; "
            "expected a file of this cluster alone"
        ],
    ),
]


@pytest.mark.parametrize(
    ("name", "edits", "said"), [case[1:] for case in BROKEN_RULES], ids=[case[0] for case in BROKEN_RULES]
)
def test_a_broken_rule_is_told_with_its_places(
    tmp_path: Path, name: str, edits: tuple[Edit, ...], said: list[str]
) -> None:
    """One broken rule gives exactly its own problems."""
    samples = {"alpha": ALPHA, "beta": BETA}
    root = repository(tmp_path, **(samples | {name: edited(samples[name], *edits)}))
    assert refusal(lambda: load_cluster(name, root)) == [f"inventory/{name}.yaml:{sentence}" for sentence in said]


SECOND_NODE = ALPHA[ALPHA.index("  - name: a-2") : ALPHA.index("critical_apps")]

ALLOWED: list[tuple[str, str, tuple[Edit, ...]]] = [
    ("the vault's name in another case", "alpha", (("op://alpha/talos/CA", "op://ALPHA/talos/CA"),)),
    ("a reference with a section", "alpha", (("op://alpha/talos/CA", "op://alpha/talos/machine/CA"),)),
    ("the gateway as nameserver and somebody else's", "alpha", (("[10.1.0.1]", "[10.1.0.1, 1.1.1.1]"),)),
    ("a Git URL by ssh", "alpha", (("https://git.test/home/lab", "ssh://git@git.test/home/lab.git"),)),
    ("a disk by model and serial", "alpha", (("serial: AAA1", "model: Samsung SSD 980\n      serial: AAA1"),)),
    ("the same disk path on two nodes", "beta", (("serial: BBB1", "path: /dev/sda"),)),
    ("one control plane and no worker at all", "alpha", ((SECOND_NODE, ""),)),
    ("no critical app", "alpha", (("critical_apps:\n  - kube-system/cilium\n", ""),)),
    ("no limits", "alpha", (("limits:\n  deadlines:\n    apps_reconciled: 600\n", ""),)),
    ("an NFS server", "alpha", (("limits:", "nfs_server: nas.test\nlimits:"),)),
    ("files in a folder with a space", "alpha", (("~/alpha/kubeconfig", "~/Application Support/a/kubeconfig"),)),
    ("a hidden folder", "alpha", (("~/alpha/kubeconfig", "~/.config/a/kubeconfig"),)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "edits"), [case[1:] for case in ALLOWED], ids=[case[0] for case in ALLOWED])
def test_what_no_rule_forbids_is_allowed(tmp_path: Path, name: str, edits: tuple[Edit, ...]) -> None:
    """Rules do not reach further than they say."""
    samples = {"alpha": ALPHA, "beta": BETA}
    root = repository(tmp_path, **(samples | {name: edited(samples[name], *edits)}))
    assert load_cluster(name, root).name == name
