"""What can befall a machine, as the client sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lab.talos.facts import Stage
from tests.lab.talos.bench import Bench, played


def test_another_board(tmp_path: Path, pki: Path) -> None:
    """The machine at this address has another MAC, also before it has a config."""

    async def scenario(b: Bench) -> None:
        await b.machines.replace_mac("k8s-1", "02:00:00:00:00:99")
        ran = await b.insecure("get", "links", "-o", "yaml", node="k8s-1")
        assert "hardwareAddr: 02:00:00:00:00:99" in ran.out
        assert "48:21:0b:5e:a0:1c" not in ran.out

    played(tmp_path, pki, scenario)


@pytest.mark.parametrize(("kind", "name"), [("ceph", "bluestore"), ("ext4", "ext4"), ("", "")])
def test_data_on_a_disk(tmp_path: Path, pki: Path, kind: str, name: str) -> None:
    """It is discovered under the name that blkid gives it; an emptied disk has none."""

    async def scenario(b: Bench) -> None:
        await b.machines.put_data("k8s-1", "/dev/nvme0n1", "xfs")
        await b.machines.put_data("k8s-1", "/dev/nvme0n1", kind)
        ran = await b.insecure("get", "discoveredvolumes", "nvme0n1", "-o", "jsonpath={.spec.name}", node="k8s-1")
        assert (ran.code, ran.out.strip()) == (0, name), ran

    played(tmp_path, pki, scenario)


def test_a_disk_that_a_machine_does_not_have(tmp_path: Path, pki: Path) -> None:
    """The fault names the disks that there are."""

    async def scenario(b: Bench) -> None:
        with pytest.raises(ValueError, match=r"k8s-1 has no disk /dev/sdq: it has /dev/nvme0n1, /dev/nvme1n1"):
            await b.machines.put_data("k8s-1", "/dev/sdq", "ceph")

    played(tmp_path, pki, scenario)


def test_a_foreign_machine(tmp_path: Path, pki: Path) -> None:
    """It runs for someone else: it trusts neither us nor nobody, and our cluster never hears of it."""

    async def scenario(b: Bench) -> None:
        await b.machines.make_foreign("k8s-1")
        await b.stage("k8s-1", Stage.RUNNING)
        ran = await b.talosctl("version", node="k8s-1")
        assert (ran.code, "x509: certificate signed by unknown authority" in ran.err) == (1, True), ran
        ran = await b.insecure("get", "disks", node="k8s-1")
        assert (ran.code, "tls: certificate required" in ran.err) == (1, True), ran
        ran = await b.insecure("apply-config", "-f", str(b.config("k8s-1")), node="k8s-1")
        assert (ran.code, "tls: certificate required" in ran.err) == (1, True), ran
        assert (b.control_planes.up, b.kubelets.up) == ({}, set())

    played(tmp_path, pki, scenario)


def test_off_and_on(tmp_path: Path, pki: Path) -> None:
    """Without power nothing answers and its part of the cluster is gone; with it, all comes back by itself."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        await b.bootstrap()
        await b.machines.power_off("k8s-1")
        assert (b.control_planes.up, b.kubelets.up) == ({}, set())
        ran = await b.talosctl("version", node="k8s-1")
        assert (ran.code, "connection refused" in ran.err) == (1, True), ran
        await b.machines.power_on("k8s-1")
        await b.stage("k8s-1", Stage.RUNNING)
        assert (await b.talosctl("version", node="k8s-1")).code == 0

    played(tmp_path, pki, scenario)


def test_power_goes_in_the_middle_of_an_installation(tmp_path: Path, pki: Path) -> None:
    """What was not written to the disk is not there when it comes back."""

    async def scenario(b: Bench) -> None:
        machine = b.machines.machines["k8s-1"]
        assert (await b.insecure("apply-config", "-f", str(b.config("k8s-1")), node="k8s-1")).code == 0
        await b.machines.power_off("k8s-1")
        installed = bool(machine.disk.config)
        await b.machines.power_on("k8s-1")
        await b.stage("k8s-1", Stage.BOOTING if installed else Stage.MAINTENANCE)
        assert bool(machine.disk.installed_on) == installed

    played(tmp_path, pki, scenario)


def test_a_watch_follows_a_machine(tmp_path: Path, pki: Path) -> None:
    """`talosctl get --watch` prints each change soon, and ends when the machine goes."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        watch = b.talosctl("get", "machinestatus", "--watch", "-o", "jsonpath={.spec.stage}", node="k8s-1")
        watching = asyncio.create_task(watch)
        await asyncio.sleep(0.3)
        await b.bootstrap()
        await asyncio.sleep(0.3)
        await b.machines.power_off("k8s-1")
        ran = await watching
        assert ran.code == 1, ran
        stages = ran.out.split()
        assert (stages[0], stages[-1]) == ("booting", "running"), ran

    played(tmp_path, pki, scenario)
