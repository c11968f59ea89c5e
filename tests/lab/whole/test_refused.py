"""Machines and clusters that are not the inventory's: refused before the first write, as the lab's machines show."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inventory.load import load_cluster
from lab.namespace import entered
from lab.supervisor.environment import of_operators
from lab.supervisor.record import living
from tests.commands.desk import REPOSITORY, Desk, Ended, typed
from tests.commands.terminal import on_terminal
from tests.lab.whole.evidence import acted, disks, fault, nothing_was_written, place_of
from tests.lab.whole.homelab import CLUSTER, LAB, LONGEST_S, commit, inside, lab_desk

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("lab"), pytest.mark.timeout(1500)]

STAGING = ("--cluster", "staging")
OTHER_MAC = "52:54:00:12:34:56"
NODES = {node.name: node for node in load_cluster("main", REPOSITORY).nodes}
SYSTEM_DISK, DATA_DISK = "/dev/nvme0n1", "/dev/nvme1n1"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with a lab of main that stands and was never bootstrapped; tests mend what they break."""
    with lab_desk(tmp_path_factory.mktemp("bare")) as desk:
        up = desk.run("lab.up", *CLUSTER)
        assert up.code == 0, up.end_of_it
        yield desk


def test_a_machine_with_another_mac_is_refused(bare: Desk) -> None:
    """Something else stands at the address: exit code 3, both MACs are said, nobody was given a config."""
    fault(bare, "replace-mac", name="k8s-3", mac=OTHER_MAC)
    try:
        ended = bare.run("bootstrap", *LAB)
    finally:
        fault(bare, "replace-mac", name="k8s-3", mac=NODES["k8s-3"].mac)
    assert ended.code == 3, ended.end_of_it
    wanted = f"k8s-3 (10.11.0.13) has MAC {OTHER_MAC}; the inventory says {NODES['k8s-3'].mac}"
    assert wanted in ended.said
    assert nothing_was_written(bare)


@pytest.mark.parametrize("kind", ["ceph", "ext4"])
@pytest.mark.parametrize("words", [(), ("--yes-destroy", "main")], ids=["unasked", "with the flag alone"])
def test_an_install_disk_that_holds_data_is_not_overwritten_unasked(
    bare: Desk, kind: str, words: tuple[str, ...]
) -> None:
    """main is protected: without a terminal it is refused, whatever the flags say; the data is there still."""
    fault(bare, "put-data", name="k8s-5", disk=SYSTEM_DISK, kind=kind)
    try:
        ended = bare.run("bootstrap", *LAB, *words)
        held = disks(bare)["k8s-5"]["content"]
    finally:
        fault(bare, "put-data", name="k8s-5", disk=SYSTEM_DISK, kind="")
    assert ended.code == 3, ended.end_of_it
    assert f"k8s-5: installing overwrites {SYSTEM_DISK}" in ended.said
    assert f"which holds {kind} data" in ended.said
    assert "main is protected: to destroy something there takes --yes-destroy main and a terminal" in ended.said
    assert held == {SYSTEM_DISK: kind}
    assert nothing_was_written(bare)


def test_data_is_asked_for_on_a_terminal_before_anything_is_written(bare: Desk) -> None:
    """One screen names the disk; any other word than the cluster's name ends the run, with nothing done."""
    fault(bare, "put-data", name="k8s-5", disk=SYSTEM_DISK, kind="ceph")
    try:
        with on_terminal(bare, "bootstrap", *LAB, "--yes-destroy", "main") as terminal:
            terminal.see("Type the cluster's name to agree")
            assert "k8s-5: installing overwrites" in terminal.shown
            assert nothing_was_written(bare)
            terminal.type("yes\n")
            assert terminal.end() == 3
            assert "the operator did not agree" in terminal.shown
    finally:
        fault(bare, "put-data", name="k8s-5", disk=SYSTEM_DISK, kind="")
    assert nothing_was_written(bare)


def test_data_on_another_disk_is_nobodys_business(bare: Desk) -> None:
    """Ceph's own disk is not installed on: nothing is asked, and the preflight passes."""
    before = acted(bare)
    fault(bare, "put-data", name="k8s-5", disk=DATA_DISK, kind="ceph")
    try:
        ended = bare.run("bootstrap", *LAB, "--until", "preflight")
    finally:
        fault(bare, "put-data", name="k8s-5", disk=DATA_DISK, kind="")
    assert ended.code == 0, ended.end_of_it
    assert acted(bare) == before


def test_a_kubeconfig_of_another_ca_is_refused_and_stays(bare: Desk) -> None:
    """It may be the only one of another cluster: neither used nor overwritten, and the operator is told to move it."""
    path = place_of(bare).home / ".config/firstlight/main/kubeconfig"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_kubeconfig(inside(bare, "cat $SSL_CERT_FILE | base64 -w0")))
    before = path.read_bytes()
    try:
        ended = bare.run("bootstrap", *LAB)
        after = path.read_bytes()
    finally:
        path.unlink()
    assert ended.code == 3, ended.end_of_it
    assert "~/.config/firstlight/main/kubeconfig carries another CA than the vault's" in ended.said
    assert "move it away" in ended.said
    assert after == before
    assert nothing_was_written(bare)


def test_staging_typed_in_mains_lab_is_refused(bare: Desk) -> None:
    """A shell inside main's lab is no place for another cluster's command."""
    line = " ".join(typed("bootstrap", *STAGING, "--estate", "lab"))
    ended = bare.run("lab.shell", *CLUSTER, "--run", line)
    assert ended.code == 3, ended.end_of_it
    assert "this shell is inside the lab of main, which is another than that of staging" in ended.said
    assert nothing_was_written(bare)


def test_staging_that_meets_mains_machines_is_refused(bare: Desk, tmp_path: Path) -> None:
    """A wrong route or a wrong address in the inventory: staging's own command, vault and tree, and at its addresses
    main's machines. They are bare, and would take any config; their MACs tell."""
    with _staging_at_mains_addresses(tmp_path) as desk:
        up = desk.run("lab.up", *STAGING)
        assert up.code == 0, up.end_of_it
        ended = _in_the_network_of(bare, desk)
        assert ended.code == 3, ended.end_of_it
        for number in (1, 2, 3):
            assert f"k8s-staging-{number} (10.11.0.1{number}) has MAC {NODES[f'k8s-{number}'].mac}" in ended.said
        assert nothing_was_written(bare)
        assert nothing_was_written(desk, "staging")


def test_a_machine_of_another_cluster_is_refused(own_desk: Desk) -> None:
    """It runs with a PKI that is not the vault's: exit code 3 with its name, and the five others are not begun."""
    up = own_desk.run("lab.up", *CLUSTER)
    assert up.code == 0, up.end_of_it
    fault(own_desk, "foreign-node", name="k8s-2")
    before = disks(own_desk)["k8s-2"]
    ended = own_desk.run("bootstrap", *LAB)
    assert ended.code == 3, ended.end_of_it
    assert "k8s-2 (10.11.0.12) belongs to another cluster, or its PKI is not the vault's" in ended.said
    assert disks(own_desk)["k8s-2"] == before
    assert nothing_was_written(own_desk)


def _kubeconfig(ca: str) -> str:
    cluster = f"{{certificate-authority-data: {ca}, server: 'https://10.11.0.10:6443'}}"
    return f"apiVersion: v1\nkind: Config\nclusters: [{{name: main, cluster: {cluster}}}]\ncontexts: []\nusers: []\n"


@contextmanager
def _staging_at_mains_addresses(folder: Path) -> Iterator[Desk]:
    with lab_desk(folder) as desk:
        inventory = desk.root / "inventory"
        (inventory / "main.yaml").unlink()  # two clusters of one inventory may not share addresses
        text = (inventory / "staging.yaml").read_text()
        (inventory / "staging.yaml").write_text(text.replace("10.12.", "10.11."))
        commit(desk.root)
        try:
            yield desk
        finally:
            down = desk.run("lab.down", *STAGING)
            for name in ("main.yaml", "staging.yaml"):
                shutil.copy(REPOSITORY / "inventory" / name, inventory)
            assert down.code == 0, down.end_of_it


def _in_the_network_of(main: Desk, staging: Desk) -> Ended:
    """Staging's bootstrap with all that is staging's, but in main's network."""
    record = living(place_of(main))
    assert record is not None
    place = place_of(staging, "staging")
    environment = of_operators(place, "staging", staging.state, staging.environ)
    argv = entered(record.pid, (sys.executable, "-m", "tests.lab.whole.led_astray", "staging", str(staging.root)))
    done = subprocess.run(
        argv,
        cwd=staging.root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LONGEST_S, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)
