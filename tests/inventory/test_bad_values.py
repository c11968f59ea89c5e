"""Values, keys and sections of the wrong shape: each is one sentence with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.load import load_cluster
from tests.inventory.samples import ALPHA, BETA, Edit, edited, refusal, repository

MAC = "a MAC address in lower case with colons, e.g. 48:21:0b:5e:a0:01"
ADDRESS = "an IPv4 address, e.g. 10.11.0.11"
RANGE = "an IPv4 range with its first address, e.g. 10.11.0.0/16"
REFERENCE = "a 1Password reference, op://vault/item/field or op://vault/item/section/field"
NAME = "a name of lower-case letters, digits and dashes, at most 63"
HOST = "a host's name or address in lower case, e.g. main.k8s.internal"
SECONDS = "a finite number of seconds above 0"
FILE = "an absolute path or one that begins with ~/, e.g. ~/.config/firstlight/main/kubeconfig"
VERSION = "a released version, e.g. v1.34.4"
GIT = "https://host/path or ssh://git@host/path, without a password"
HIDDEN = "something else (not shown, as it may hold a secret)"
DEVICE = "a device, e.g. /dev/nvme0n1"
LABEL = "a short text of letters, digits, spaces, and - . _ +"
PORT = "a port, 1 to 65535"
DEADLINE = "`limits.deadlines.apps_reconciled`"
TREE = "a folder relative to the repository's root, e.g. kubernetes/main"

WRONG_VALUES: list[tuple[Edit, int, str, str]] = [
    (("protected: true", "protected: yes"), 2, "`protected` is the text 'yes'", "true or false"),
    (("protected: true", "protected: 1"), 2, "`protected` is 1", "true or false"),
    (("protected: true", "protected:"), 2, "`protected` is empty", "true or false"),
    (("tree: kubernetes/alpha", "tree: ../alpha"), 3, "`tree` is the text '../alpha'", TREE),
    (("tree: kubernetes/alpha", "tree: /alpha"), 3, "`tree` is the text '/alpha'", TREE),
    (("vip: 10.1.0.10", "vip: 10.1.0.300"), 5, "`endpoint.vip` is the text '10.1.0.300'", ADDRESS),
    (("vip: 10.1.0.10", "vip: 10"), 5, "`endpoint.vip` is 10", ADDRESS),
    (("vip: 10.1.0.10", "vip: true"), 5, "`endpoint.vip` is true", ADDRESS),
    (("vip: 10.1.0.10", "vip: [10.1.0.10]"), 5, "`endpoint.vip` is a list", ADDRESS),
    (("vip: 10.1.0.10", "vip: fd00::10"), 5, "`endpoint.vip` is the text 'fd00::10'", ADDRESS),
    (("name: alpha.test", "name: Alpha.test"), 6, "`endpoint.name` is the text 'Alpha.test'", HOST),
    (("name: alpha.test", "name: 7"), 6, "`endpoint.name` is 7", HOST),
    (("nodes: 10.1.0.0/24", "nodes: 10.1.0.1/24"), 8, "`network.nodes` is the text '10.1.0.1/24'", RANGE),
    (("pods: 10.100.0.0/16", "pods: 10.100.0.0/33"), 9, "`network.pods` is the text '10.100.0.0/33'", RANGE),
    (
        ("nameservers: [10.1.0.1]", "nameservers: []"),
        12,
        "`network.nameservers` is an empty list",
        "a list of one or more IPv4 addresses, e.g. [10.11.0.1]",
    ),
    (
        ("nameservers: [10.1.0.1]", "nameservers: 10.1.0.1"),
        12,
        "`network.nameservers` is the text '10.1.0.1'",
        "a list of one or more IPv4 addresses, e.g. [10.11.0.1]",
    ),
    (("time_servers: [time.test]", "time_servers: [a b]"), 13, "`network.time_servers[0]` is the text 'a b'", HOST),
    (("url: https://git.test", "url: https://me:token@git.test"), 15, f"`git.url` is {HIDDEN}", GIT),
    (("branch: main", "branch: -f"), 16, "`git.branch` is the text '-f'", "a Git branch, e.g. main"),
    (("vault: alpha", "vault: alpha\n  backend: file"), 19, "`secrets.backend` is the text 'file'", "op or connect"),
    (("op://alpha/talos/ID", "LS0tLS1CRUdJTg=="), 20, f"`identity.cluster_id` is {HIDDEN}", REFERENCE),
    (("op://alpha/talos/ID", "op://alpha/ID"), 20, f"`identity.cluster_id` is {HIDDEN}", REFERENCE),
    (("op://alpha/talos/ID", "op://alpha/a/b/c/d"), 20, f"`identity.cluster_id` is {HIDDEN}", REFERENCE),
    (("version: v1.11.5", "version: 1.11"), 24, "`talos.version` is 1.11", VERSION),
    (("version: v1.34.4", "version: v1.34.x"), 27, "`kubernetes.version` is the text 'v1.34.x'", VERSION),
    (("kubeconfig: ~/alpha", "kubeconfig: alpha"), 29, "`files.kubeconfig` is the text 'alpha/kubeconfig'", FILE),
    (("kubeconfig: ~/alpha", "kubeconfig: ~/a/../b"), 29, "`files.kubeconfig` is the text '~/a/../b/kubeconfig'", FILE),
    (("name: a-1", "name: a_1"), 32, "`nodes[0].name` is the text 'a_1'", NAME),
    (("name: a-1", f"name: {'a' * 64}"), 32, f"`nodes[0].name` is the text '{'a' * 60}...'", NAME),
    (("address: 10.1.0.12", "address: 12"), 39, "`nodes[1].address` is 12", ADDRESS),
    (("role: worker", "role: wrker"), 40, "`nodes[1].role` is the text 'wrker'", "control-plane or worker"),
    (("02:00:00:00:01:02", "02:00:00:00:01:0A"), 41, "`nodes[1].mac` is the text '02:00:00:00:01:0A'", MAC),
    (("02:00:00:00:01:02", "02-00-00-00-01-02"), 41, "`nodes[1].mac` is the text '02-00-00-00-01-02'", MAC),
    (("path: /dev/nvme0n1", "path: nvme0n1"), 43, "`nodes[1].install_disk.path` is the text 'nvme0n1'", DEVICE),
    (("serial: AAA1", "serial: 4711"), 37, "`nodes[0].install_disk.serial` is 4711", LABEL),
    (
        ("- kube-system/cilium", "- cilium"),
        45,
        "`critical_apps[0]` is the text 'cilium'",
        "namespace/name of a Flux Kustomization, e.g. kube-system/cilium",
    ),
    (("apps_reconciled: 600", "apps_reconciled: 0"), 48, f"{DEADLINE} is 0", SECONDS),
    (("apps_reconciled: 600", "apps_reconciled: .inf"), 48, f"{DEADLINE} is inf", SECONDS),
    (("apps_reconciled: 600", "apps_reconciled: 10m"), 48, f"{DEADLINE} is the text '10m'", SECONDS),
    (("apps_reconciled: 600", "apps_reconciled: '600'"), 48, f"{DEADLINE} is the text '600'", SECONDS),
    (("limits:", "limits:\n  acts_at_once: 0"), 47, "`limits.acts_at_once` is 0", "a whole number, 1 or more"),
    (("limits:", "limits:\n  acts_at_once: 2.5"), 47, "`limits.acts_at_once` is 2.5", "a whole number, 1 or more"),
    (("name: alpha.test", "name: alpha.test\n  port: '6443'"), 7, "`endpoint.port` is the text '6443'", PORT),
    (("name: alpha.test", "name: alpha.test\n  port: 65536"), 7, "`endpoint.port` is 65536", PORT),
    (("version: v1.34.4", "version: \"v1\\n\\e[31m\""), 27, "`kubernetes.version` is the text 'v1??[31m'", VERSION),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "line", "what", "expected"), WRONG_VALUES)
def test_a_wrong_value_is_one_sentence_at_its_line(
    tmp_path: Path, edit: Edit, line: int, what: str, expected: str
) -> None:
    """One wrong value gives exactly one problem: its line, what stands there, what was expected."""
    root = repository(tmp_path, alpha=edited(ALPHA, edit), beta=BETA)
    assert refusal(lambda: load_cluster("alpha", root)) == [f"inventory/alpha.yaml:{line}: {what}; expected {expected}"]


WRONG_KEYS: list[tuple[str, tuple[Edit, ...], list[str]]] = [
    (
        "a misspelt key is named once, with the near one, and not called missing as well",
        (("vip:", "vpi:"),),
        ["inventory/alpha.yaml:5: unknown key `vpi`; expected one of vip, name, port; did you mean `vip`?"],
    ),
    (
        "a key that is like none is to be removed",
        (("branch: main", "branch: main\n  colour: red"),),
        ["inventory/alpha.yaml:17: unknown key `colour`; expected one of url, branch; remove it"],
    ),
    (
        "a near key that stands there already is not suggested",
        (("branch: main", "branch: main\n  branchs: dev"),),
        ["inventory/alpha.yaml:17: unknown key `branchs`; expected one of url, branch; remove it"],
    ),
    (
        "a missing value of a node is placed at the node",
        (('    mac: "02:00:00:00:01:02"\n', ""),),
        [f"inventory/alpha.yaml:38: `nodes[1]` has no `mac`; expected {MAC}; add `mac:`"],
    ),
    (
        "a missing section is placed at the top and says what is in it",
        (("git:\n  url: https://git.test/home/lab\n  branch: main\n", ""),),
        ["inventory/alpha.yaml:1: the file has no `git`; expected a section with the keys url, branch; add `git:`"],
    ),
    (
        "a section that is a scalar says which keys it should have",
        (("kubernetes:\n  version: v1.34.4", "kubernetes: v1.34.4"),),
        [
            "inventory/alpha.yaml:26: `kubernetes` is the text 'v1.34.4'; expected a section with the keys version",
        ],
    ),
    (
        "a list that is a section",
        (("critical_apps:\n  - kube-system/cilium", "critical_apps:\n  kube-system: cilium"),),
        ["inventory/alpha.yaml:44: `critical_apps` is a section; expected a list"],
    ),
    (
        "a deadline's key has the shape of a step's name",
        (("apps_reconciled", "Apps-Reconciled"),),
        [
            "inventory/alpha.yaml:48: the key `Apps-Reconciled`; expected a step's name, e.g. etcd_bootstrapped; "
            "correct it, or remove it",
        ],
    ),
    (
        "a section of deadlines that is a list",
        (("deadlines:\n    apps_reconciled: 600", "deadlines: [600]"),),
        [
            "inventory/alpha.yaml:47: `limits.deadlines` is a list; expected a section of step names, each with a "
            "number of seconds",
        ],
    ),
    (
        "a deadline whose key looks like the checker's own word",
        (("apps_reconciled: 600", '"[key]": deadlines'),),
        [
            f"inventory/alpha.yaml:48: `limits.deadlines.[key]` is the text 'deadlines'; expected {SECONDS}",
            "inventory/alpha.yaml:48: the key `[key]`; expected a step's name, e.g. etcd_bootstrapped; correct it, or "
            "remove it",
        ],
    ),
]


@pytest.mark.parametrize(("edits", "said"), [case[1:] for case in WRONG_KEYS], ids=[case[0] for case in WRONG_KEYS])
def test_a_wrong_key_is_one_sentence_at_its_line(tmp_path: Path, edits: tuple[Edit, ...], said: list[str]) -> None:
    """Unknown, missing and misplaced keys are told with their line and the way out."""
    root = repository(tmp_path, alpha=edited(ALPHA, *edits), beta=BETA)
    assert refusal(lambda: load_cluster("alpha", root)) == said


def test_every_problem_of_a_file_is_told_at_once_in_its_order(tmp_path: Path) -> None:
    """Unknown key, duplicate key, wrong value, broken rule and overlap of one file come together, by line."""
    text = edited(
        ALPHA,
        ("protected: true", "protected: on"),
        ("vip: 10.1.0.10", "vip: 10.1.0.10\n  vip: 10.1.0.9"),
        ("vault: alpha", "vault: beta"),
        ("address: 10.1.0.12", "address: 10.1.0.11"),
        ("critical_apps:", "critical_app:"),
    )
    said = refusal(lambda: load_cluster("alpha", repository(tmp_path, alpha=text, beta=BETA)))
    assert [(sentence.split(": ")[0], sentence.split(": ")[1].split(";")[0]) for sentence in said] == [
        ("inventory/alpha.yaml:2", "`protected` is the text 'on'"),
        ("inventory/alpha.yaml:6", "duplicate key `vip`, first at line 5"),
        (
            "inventory/alpha.yaml:19",
            "vault beta of secrets.vault is also secrets.vault of beta at inventory/beta.yaml:18",
        ),
        ("inventory/alpha.yaml:21", "identity.cluster_id points into the vault alpha"),
        ("inventory/alpha.yaml:22", "identity.talos_ca points into the vault alpha"),
        ("inventory/alpha.yaml:23", "identity.kubernetes_ca points into the vault alpha"),
        (
            "inventory/alpha.yaml:40",
            "address 10.1.0.11 of nodes[1].address is already nodes[0].address at inventory/alpha.yaml:34",
        ),
        ("inventory/alpha.yaml:45", "unknown key `critical_app`"),
    ]


@pytest.mark.parametrize(
    "edits",
    [
        (("op://alpha/talos/ID", "CANARY"),),
        (("op://alpha/talos/ID", "CANARY"), ("op://alpha/talos/CA", "CANARY")),
        (("https://git.test", "https://user:CANARY@git.test"),),
        (("vault: alpha", "vault: alpha\n  connect_url: https://user:CANARY@connect.test"),),
    ],
)
def test_a_secret_that_stands_where_its_reference_should_is_not_shown(tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    """A pasted key or token is called wrong without being repeated (rule 5)."""
    root = repository(tmp_path, alpha=edited(ALPHA, *edits), beta=BETA)
    said = refusal(lambda: load_cluster("alpha", root))
    assert said
    assert "CANARY" not in "\n".join(said)
