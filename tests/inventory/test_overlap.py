"""Clusters share nothing but the Git repository: whatever overlaps is told with both places."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.load import load_all, load_cluster
from inventory.model import VirtualMachine
from tests.inventory.samples import ALPHA, BETA, Edit, edited, refusal, repository

SHARED: list[tuple[str, tuple[Edit, ...], list[str]]] = [
    (
        "tree",
        (("tree: kubernetes/beta", "tree: kubernetes/alpha"),),
        ["3: tree kubernetes/alpha of tree is also tree of alpha at inventory/alpha.yaml:3"],
    ),
    (
        "tree",
        (("tree: kubernetes/beta", "tree: kubernetes/alpha/inner"),),
        ["3: tree kubernetes/alpha/inner of tree overlaps kubernetes/alpha, tree of alpha at inventory/alpha.yaml:3"],
    ),
    (
        "tree",
        (("tree: kubernetes/beta", "tree: kubernetes"),),
        ["3: tree kubernetes of tree overlaps kubernetes/alpha, tree of alpha at inventory/alpha.yaml:3"],
    ),
    (
        "endpoint",
        (("name: beta.test", "name: alpha.test"),),
        ["6: endpoint alpha.test of endpoint.name is also endpoint.name of alpha at inventory/alpha.yaml:6"],
    ),
    (
        "MAC",
        (("02:00:00:00:02:02", "02:00:00:00:01:01"),),
        ["52: MAC 02:00:00:00:01:01 of nodes[1].mac is also nodes[0].mac of alpha at inventory/alpha.yaml:35"],
    ),
    (
        "disk serial",
        (("serial: BBB1", "serial: AAA1"),),
        [
            "45: disk serial AAA1 of nodes[0].install_disk.serial is also nodes[0].install_disk.serial of alpha "
            "at inventory/alpha.yaml:37"
        ],
    ),
    (
        "credential file",
        (("~/beta/kubeconfig", "~/alpha/talosconfig"),),
        [
            "31: credential file ~/alpha/talosconfig of files.kubeconfig is also files.talosconfig of alpha "
            "at inventory/alpha.yaml:30"
        ],
    ),
    (
        "range",
        (("pods: 10.102.0.0/16", "pods: 10.100.0.0/15"),),
        [
            "9: range 10.100.0.0/15 of network.pods overlaps 10.100.0.0/16, network.pods of alpha "
            "at inventory/alpha.yaml:9",
            "9: range 10.100.0.0/15 of network.pods overlaps 10.101.0.0/16, network.services of alpha "
            "at inventory/alpha.yaml:10",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "edits", "said"), SHARED)
def test_what_two_clusters_share_is_told_with_both_places(
    tmp_path: Path, kind: str, edits: tuple[Edit, ...], said: list[str]
) -> None:
    """The cluster that is asked for is refused, and the sentence names the other's line."""
    root = repository(tmp_path, alpha=ALPHA, beta=edited(BETA, *edits))
    tail = f"expected one cluster to own this {kind}; correct one of the two"
    assert refusal(lambda: load_cluster("beta", root)) == [f"inventory/beta.yaml:{what}; {tail}" for what in said]


def test_one_address_range_for_two_clusters_names_every_address_that_clashes(tmp_path: Path) -> None:
    """Node addresses and the VIP are compared with each other across clusters."""
    moved = edited(
        BETA,
        ("vip: 10.2.0.10", "vip: 10.1.0.11"),
        ("nodes: 10.2.0.0/24", "nodes: 10.1.0.0/24"),
        ("gateway: 10.2.0.1", "gateway: 10.1.0.1"),
        ("address: 10.2.0.11", "address: 10.1.0.10"),
        ("address: 10.2.0.12", "address: 10.1.0.99"),
    )
    said = refusal(lambda: load_cluster("beta", repository(tmp_path, alpha=ALPHA, beta=moved)))
    assert [sentence.split(";")[0] for sentence in said] == [
        "inventory/beta.yaml:5: address 10.1.0.11 of endpoint.vip is also nodes[0].address of alpha "
        "at inventory/alpha.yaml:33",
        "inventory/beta.yaml:8: range 10.1.0.0/24 of network.nodes is also network.nodes of alpha "
        "at inventory/alpha.yaml:8",
        "inventory/beta.yaml:41: address 10.1.0.10 of nodes[0].address is also endpoint.vip of alpha "
        "at inventory/alpha.yaml:5",
    ]


def test_one_vault_for_two_clusters_is_refused_whatever_its_case(tmp_path: Path) -> None:
    """1Password compares names without case, and references into a shared vault are shared too."""
    shared = BETA.replace("op://beta/", "op://Alpha/").replace("vault: beta", "vault: Alpha")
    said = refusal(lambda: load_cluster("beta", repository(tmp_path, alpha=ALPHA, beta=shared)))
    assert [sentence.split(" overlaps ")[0] for sentence in said] == [
        "inventory/beta.yaml:18: vault Alpha of secrets.vault",
        "inventory/beta.yaml:22: identity reference op://Alpha/talos/ID of identity.cluster_id",
        "inventory/beta.yaml:23: identity reference op://Alpha/talos/CA of identity.talos_ca",
        "inventory/beta.yaml:24: identity reference op://Alpha/talos/KCA of identity.kubernetes_ca",
    ]


def another_beta(*edits: Edit) -> str:
    """A third cluster, gamma, that has only what is edited in common with beta, VMIDs included."""
    text = BETA.replace("beta", "gamma").replace("10.2.", "10.3.").replace("02:00:00:00:02", "02:00:00:00:03")
    text = text.replace("BBB", "CCC").replace("10.102.", "10.104.").replace("10.103.", "10.105.")
    return edited(text, *edits)


APART = (("https://pve.test", "https://pve-b.test"), ("host: pve-1", "host: other-1"), ("host: pve-2", "host: other-2"))


@pytest.mark.parametrize(
    ("edits", "clash"),
    [
        (APART, False),
        (APART[:1], True),
        (APART[1:], True),
        ((APART[0], APART[1]), True),
        ((("https://pve.test:8006", "https://PVE.test:8006/"), *APART[1:]), True),
    ],
    ids=["two Proxmoxes", "shared hosts", "shared API", "one shared host", "the API spelt differently"],
)
def test_a_vmid_is_unique_within_one_proxmox(tmp_path: Path, edits: tuple[Edit, ...], clash: bool) -> None:
    """The same VMID is a clash only where the clusters share a host or an API."""
    root = repository(tmp_path, beta=BETA, gamma=another_beta(*edits))
    if not clash:
        assert load_cluster("gamma", root).nodes[0].vm == VirtualMachine(host="other-1", id=201)
        assert load_cluster("beta", root).nodes[0].vm == VirtualMachine(host="pve-1", id=201)
        return
    said = refusal(lambda: load_cluster("gamma", root))
    assert [sentence.split(";")[0] for sentence in said] == [
        "inventory/gamma.yaml:48: VMID 201 of nodes[0].vm.id is also nodes[0].vm.id of beta at inventory/beta.yaml:48",
        "inventory/gamma.yaml:57: VMID 202 of nodes[1].vm.id is also nodes[1].vm.id of beta at inventory/beta.yaml:57",
    ]


def test_the_git_repository_and_branch_may_be_the_same(tmp_path: Path) -> None:
    """One repository serves both clusters; only the trees inside are their own."""
    clusters = load_all(repository(tmp_path, alpha=ALPHA, beta=BETA))
    assert clusters["alpha"].git == clusters["beta"].git


def test_a_file_is_the_same_however_its_home_is_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` and the home folder's own path are one place."""
    monkeypatch.setenv("HOME", "/home/op")
    spelt = edited(BETA, ("~/beta/kubeconfig", "/home/op/alpha/kubeconfig"))
    said = refusal(lambda: load_cluster("beta", repository(tmp_path, alpha=ALPHA, beta=spelt)))
    assert [sentence.split(",")[0] for sentence in said] == [
        "inventory/beta.yaml:31: credential file /home/op/alpha/kubeconfig of files.kubeconfig overlaps "
        "~/alpha/kubeconfig"
    ]


def test_overlap_is_told_once_when_all_are_loaded(tmp_path: Path) -> None:
    """The pair is one problem, placed in the first file by name."""
    root = repository(tmp_path, alpha=ALPHA, beta=edited(BETA, ("name: beta.test", "name: alpha.test")))
    said = refusal(lambda: load_all(root))
    assert len(said) == 1
    assert said[0].startswith(
        "inventory/alpha.yaml:6: endpoint alpha.test of endpoint.name is also endpoint.name of beta"
    )


@pytest.mark.parametrize(
    "edits",
    [
        (("version: v1.34.4", "version: latest"),),
        (("protected: false", "protected: maybe\nunknown: 1"),),
        (("role: worker", "role: wrker"),),
        (("name: b-2", "name: b-1"),),
        (("id: 202", "id: 201"),),
        (("schematic: 3765", "schematic: x"),),
    ],
)
def test_another_file_that_can_be_compared_does_not_matter(tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    """A defect that hides nothing that is compared is the other cluster's own affair."""
    root = repository(tmp_path, alpha=ALPHA, beta=edited(BETA, *edits))
    assert load_cluster("alpha", root).name == "alpha"
    assert refusal(lambda: load_cluster("beta", root))


@pytest.mark.parametrize(
    ("beta", "place"),
    [
        (edited(BETA, ("vip:", "vpi:")), "inventory/beta.yaml:5: unknown key `vpi`"),
        (edited(BETA, ("  vault: beta\n", "")), "inventory/beta.yaml:17: `secrets` has no `vault`"),
        (
            edited(BETA, ("address: 10.2.0.12", "address: here")),
            "inventory/beta.yaml:50: `nodes[1].address` is the text",
        ),
        (edited(BETA, ("id: 202", "id: x")), "inventory/beta.yaml:57: `nodes[1].vm.id` is the text 'x'"),
        (edited(BETA, ("endpoint:", "endpoint")), "inventory/beta.yaml:5: broken YAML: "),
        (edited(BETA, ("tree:", "name: gamma\ntree:")), "inventory/beta.yaml:3: duplicate key `name`"),
        ("", "inventory/beta.yaml:1: the file is empty"),
        (b"\xff", "inventory/beta.yaml:1: byte 0xff is not UTF-8"),
    ],
)
def test_another_file_that_cannot_be_compared_is_one_problem(tmp_path: Path, beta: str | bytes, place: str) -> None:
    """Where overlap cannot be judged the cluster is refused by one sentence: first defect, both ways out."""
    said = refusal(lambda: load_cluster("alpha", repository(tmp_path, alpha=ALPHA, beta=beta)))
    assert len(said) == 1
    assert said[0].startswith(place)
    assert "so it cannot be told whether it overlaps alpha; expected " in said[0]
    assert said[0].endswith("; mend it (all of it: `--cluster beta`), or move the file away to leave beta out")


def test_an_overlap_is_told_even_by_a_file_that_is_broken_elsewhere(tmp_path: Path) -> None:
    """What can be compared is compared, whatever else is wrong in either file."""
    root = repository(
        tmp_path,
        alpha=edited(ALPHA, ("protected: true", "protected: 1")),
        beta=edited(BETA, ("name: beta.test", "name: alpha.test"), ("vip: 10.2.0.10", "vip: no")),
    )
    said = refusal(lambda: load_cluster("alpha", root))
    assert [sentence.split(" is ")[0] for sentence in said] == [
        "inventory/alpha.yaml:2: `protected`",
        "inventory/alpha.yaml:6: endpoint alpha.test of endpoint.name",
        "inventory/beta.yaml:5: `endpoint.vip`",
    ]
