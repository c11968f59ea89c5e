"""A config is installed, compared, taken with or without a reboot, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.talos.facts import Stage
from tests.lab.talos.bench import Bench, played

Change = Callable[[dict[str, Any]], None]


def _sysctl(document: dict[str, Any]) -> None:
    document["machine"]["sysctls"] = {"vm.overcommit_memory": "1"}


def _udev(document: dict[str, Any]) -> None:
    document["machine"]["udev"] = {"rules": ['SUBSYSTEM=="drm"']}


def _other_disk(document: dict[str, Any]) -> None:
    document["machine"]["install"]["diskSelector"] = {"serial": "NOBODY*", "model": "None"}


def _no_machine_ca_key(document: dict[str, Any]) -> None:
    del document["machine"]["ca"]["key"]


def _no_etcd_ca(document: dict[str, Any]) -> None:
    document["cluster"]["etcd"]["ca"] = None
    document["cluster"]["etcd"]["advertisedSubnets"] = ["127.0.0.0/8"]


def _unknown_key(document: dict[str, Any]) -> None:
    document["machine"]["instal"] = {}


def _no_endpoint(document: dict[str, Any]) -> None:
    document["cluster"]["controlPlane"] = {}


NO_DISK = (
    'no disks matched the expression: glob("None", disk.model) && glob("NOBODY*", disk.serial) && disk.transport != ""'
)
BROKEN = (
    (_other_disk, NO_DISK),
    (_no_machine_ca_key, "issuing CA key is required for controlplane nodes (.machine.ca.key)"),
    (_no_etcd_ca, "key/cert combination should not be empty"),
    (_unknown_key, "unknown keys found during decoding"),
    (_no_endpoint, "cluster controlplane endpoint is required"),
)


def test_a_config_makes_a_machine_of_the_cluster(tmp_path: Path, pki: Path) -> None:
    """It installs Talos to the chosen disk, comes back with mTLS, and no longer answers without credentials."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        assert (await b.talosctl("version", node="k8s-1")).code == 0
        volumes = await b.get("discoveredvolumes", "k8s-1")
        labels = [volume["spec"].get("partition_label") for volume in volumes if "partition_label" in volume["spec"]]
        assert labels == ["EFI", "META", "STATE", "EPHEMERAL"]
        assert [disk["spec"]["diskID"] for disk in await b.get("systemdisk", "k8s-1")] == ["nvme0n1"]
        ran = await b.insecure("get", "disks", node="k8s-1")
        assert (ran.code, "certificate required" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario)


@pytest.mark.parametrize(("change", "complaint"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_config_that_talos_refuses(tmp_path: Path, pki: Path, change: Change, complaint: str) -> None:
    """The refusal says what is wrong, and the machine stays in maintenance mode."""

    async def scenario(b: Bench) -> None:
        ran = await b.insecure("apply-config", "-f", str(b.config("k8s-1", change)), node="k8s-1")
        assert (ran.code, complaint in ran.err) == (1, True), ran.err
        assert b.machines.machines["k8s-1"].stage is Stage.MAINTENANCE

    played(tmp_path, pki, scenario)


def test_the_same_refusals_on_a_configured_machine(tmp_path: Path, pki: Path) -> None:
    """A running machine keeps its config when another one is refused."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        before = b.machines.machines["k8s-1"].disk.config
        for change, complaint in BROKEN:
            ran = await b.talosctl("apply-config", "-f", str(b.config("k8s-1", change)), node="k8s-1")
            assert (ran.code, complaint in ran.err, "InvalidArgument" in ran.err) == (1, True, True), ran.err
        assert b.machines.machines["k8s-1"].disk.config == before

    played(tmp_path, pki, scenario)


MODES = (
    ("auto", None, "without a reboot", False),
    ("auto", _sysctl, "Applied configuration without a reboot", False),
    ("auto", _udev, "Applied configuration with a reboot: this config change can't be applied in immediate", True),
    ("no-reboot", _sysctl, "Applied configuration without a reboot", False),
    ("reboot", _sysctl, "Applied configuration with a reboot", True),
    ("staged", _udev, "Staged configuration to be applied after the next reboot", False),
    ("try", _sysctl, "will be automatically reverted back in 1m0s", False),
)


@pytest.mark.parametrize(("mode", "change", "said", "reboots"), MODES)
def test_modes(tmp_path: Path, pki: Path, mode: str, change: Change | None, said: str, reboots: bool) -> None:
    """The answer tells how the config is taken, and the machine reboots in exactly the cases that it tells of."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        machine = b.machines.machines["k8s-1"]
        boot = machine.boot_id
        ran = await b.talosctl("apply-config", "-m", mode, "-f", str(b.config("k8s-1", change)), node="k8s-1")
        assert (ran.code, said in ran.said) == (0, True), ran
        if reboots:
            await b.until("it rebooted", lambda: machine.boot_id != boot)
            await b.bootable("k8s-1")
        assert (machine.boot_id != boot) == reboots
        assert ("overcommit" in machine.disk.config) == (change is _sysctl and mode != "try")
        assert bool(machine.disk.staged) == (mode == "staged")

    played(tmp_path, pki, scenario)


def test_what_needs_a_reboot_is_refused_without_one(tmp_path: Path, pki: Path) -> None:
    """Mode no-reboot does not take what counts from a boot on only."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        ran = await b.talosctl("apply-config", "-m", "no-reboot", "-f", str(b.config("k8s-1", _udev)), node="k8s-1")
        assert (ran.code, "can't be applied in immediate mode" in ran.err) == (1, True), ran.err

    played(tmp_path, pki, scenario)


def test_a_tried_config_is_taken_back(tmp_path: Path, pki: Path) -> None:
    """After the time that was given the config on the disk counts again."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        machine = b.machines.machines["k8s-1"]
        file = str(b.config("k8s-1", _sysctl))
        ran = await b.talosctl("apply-config", "-m", "try", "--timeout", "300ms", "-f", file, node="k8s-1")
        assert ran.code == 0, ran.err
        assert machine.config is not None
        assert "overcommit" in machine.config.text
        await b.until("taken back", lambda: machine.config is not None and "overcommit" not in machine.config.text)

    played(tmp_path, pki, scenario)


def test_a_dry_run_shows_the_difference(tmp_path: Path, pki: Path) -> None:
    """No changes for the same config in another spelling; a diff for another one; nothing is taken."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        before = b.machines.machines["k8s-1"].disk.config
        same = b.config("k8s-1")
        same.write_text("# a comment\n" + same.read_text())
        ran = await b.talosctl("apply-config", "--dry-run", "-f", str(same), node="k8s-1")
        assert (ran.code, "No changes." in ran.said) == (0, True), ran
        ran = await b.talosctl("apply-config", "--dry-run", "-f", str(b.config("k8s-1", _sysctl)), node="k8s-1")
        assert '+        vm.overcommit_memory: "1"' in ran.said.replace("'", '"'), ran
        assert b.machines.machines["k8s-1"].disk.config == before

    played(tmp_path, pki, scenario)


def test_a_disk_path_that_is_not_there(tmp_path: Path, pki: Path) -> None:
    """Talos takes such a config, fails to install, and comes back without it."""

    def elsewhere(document: dict[str, Any]) -> None:
        document["machine"]["install"] = {"disk": "/dev/sdz", "image": "ghcr.io/siderolabs/installer:v1.11.5"}

    async def scenario(b: Bench) -> None:
        machine = b.machines.machines["k8s-1"]
        boot = machine.boot_id
        ran = await b.insecure("apply-config", "-f", str(b.config("k8s-1", elsewhere)), node="k8s-1")
        assert ran.code == 0, ran.err
        await b.until("it came back", lambda: machine.boot_id != boot)
        await b.stage("k8s-1", Stage.MAINTENANCE)
        assert (machine.disk.config, machine.disk.content) == ("", {})

    played(tmp_path, pki, scenario)


def test_workers_wait_for_a_control_plane(tmp_path: Path, pki: Path) -> None:
    """A worker's certificate is signed by trustd of a control plane: until one is up, its API does not answer."""

    async def scenario(b: Bench) -> None:
        ran = await b.insecure("apply-config", "-f", str(b.config("k8s-4")), node="k8s-4")
        assert ran.code == 0, ran.err
        machine = b.machines.machines["k8s-4"]
        await b.until("it booted", lambda: machine.stage is Stage.BOOTING)
        ran = await b.talosctl("version", node="k8s-4")
        assert (ran.code, "connection refused" in ran.err) == (1, True), ran.err
        await b.configure("k8s-1")
        await b.bootable("k8s-4")
        assert (await b.talosctl("version", node="k8s-4")).code == 0

    played(tmp_path, pki, scenario, ("k8s-1", "k8s-4"))
