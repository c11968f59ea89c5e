"""Machines reboot, go off, are reset and upgraded, and keep what is on their disks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lab.talos.facts import Stage
from tests.lab.talos.bench import Bench, bench, played


async def _up(b: Bench) -> None:
    await b.configure("k8s-1")
    await b.bootstrap()
    b.kubelets.nodes_ready.add("k8s-1")


def test_a_reboot_that_is_waited_for(tmp_path: Path, pki: Path) -> None:
    """talosctl sees the machine go and come back with another boot id."""

    async def scenario(b: Bench) -> None:
        await _up(b)
        boot = b.machines.machines["k8s-1"].boot_id
        ran = await b.talosctl("reboot", node="k8s-1")
        assert (ran.code, "post check passed" in ran.err) == (0, True), ran
        assert b.machines.machines["k8s-1"].boot_id != boot

    played(tmp_path, pki, scenario)


def test_shutdown(tmp_path: Path, pki: Path) -> None:
    """Its processes end, its port is closed, and only the power button brings it back."""

    async def scenario(b: Bench) -> None:
        await _up(b)
        assert (await b.talosctl("shutdown", node="k8s-1")).code == 0
        await b.stage("k8s-1", Stage.OFF)
        assert (b.kubelets.up, b.control_planes.up) == (set(), {})
        ran = await b.talosctl("version", node="k8s-1")
        assert (ran.code, "connection refused" in ran.err) == (1, True), ran
        await b.machines.power_on("k8s-1")
        await b.stage("k8s-1", Stage.RUNNING)

    played(tmp_path, pki, scenario)


RESETS = (
    # labels, (mode after it, Talos on the disk, etcd's data)
    ((), ("maintenance", False, False)),
    (("STATE", "EPHEMERAL"), ("maintenance", True, False)),
    (("EPHEMERAL",), ("booting", True, False)),
    (("STATE",), ("maintenance", True, True)),
)


@pytest.mark.parametrize(("labels", "expected"), RESETS)
def test_reset(tmp_path: Path, pki: Path, labels: tuple[str, ...], expected: tuple[str, bool, bool]) -> None:
    """What is wiped is gone: the config with STATE, etcd and pods with EPHEMERAL, all of it without labels."""
    stage, installed, data = expected

    async def scenario(b: Bench) -> None:
        await _up(b)
        machine = b.machines.machines["k8s-1"]
        wiped = tuple(f"--system-labels-to-wipe={label}" for label in labels)
        ran = await b.talosctl("reset", "--graceful=false", "--reboot", "--wait=false", *wiped, node="k8s-1")
        assert ran.code == 0, ran
        boot = machine.boot_id
        await b.until("it rebooted", lambda: machine.boot_id != boot and machine.answers)
        assert str(machine.stage) == stage
        assert bool(machine.disk.installed_on) == installed
        assert ("k8s-1" in b.control_planes.data) == data
        assert ("k8s-1" in b.kubelets.removed) == (not data)

    played(tmp_path, pki, scenario)


def test_what_reset_refuses(tmp_path: Path, pki: Path) -> None:
    """Disks that are not there, and the system disk as if it were another one."""

    async def scenario(b: Bench) -> None:
        await _up(b)
        for disk, complaint in (("/dev/sdz", "wasn't found"), ("/dev/nvme0n1", "is the system disk")):
            argv = ("reset", "--wait=false", "--wipe-mode=user-disks", f"--user-disks-to-wipe={disk}")
            ran = await b.talosctl(*argv, node="k8s-1")
            assert (ran.code, complaint in ran.err) == (1, True), ran
        assert b.machines.machines["k8s-1"].stage is Stage.RUNNING

    played(tmp_path, pki, scenario)


def test_user_disks_are_wiped(tmp_path: Path, pki: Path) -> None:
    """Only they: Talos and the config stay."""

    async def scenario(b: Bench) -> None:
        await _up(b)
        machine = b.machines.machines["k8s-1"]
        await b.machines.put_data("k8s-1", "/dev/nvme1n1", "ceph")
        boot = machine.boot_id
        argv = ("reset", "--reboot", "--wait=false", "--wipe-mode=user-disks", "--user-disks-to-wipe=/dev/nvme1n1")
        assert (await b.talosctl(*argv, node="k8s-1")).code == 0
        await b.until("it is back", lambda: machine.boot_id != boot and machine.stage is Stage.RUNNING)
        assert machine.disk.content == {"/dev/nvme0n1": "talos"}

    played(tmp_path, pki, scenario)


def test_upgrade(tmp_path: Path, pki: Path) -> None:
    """The installer's tag is the version that runs afterwards; an image that cannot be is refused."""

    async def scenario(b: Bench) -> None:
        await _up(b)
        ran = await b.talosctl("upgrade", "--wait=false", "--image=ghcr.io/siderolabs/installer", node="k8s-1")
        assert (ran.code, "error validating installer image" in ran.err) == (1, True), ran
        image = "factory.talos.dev/metal-installer/376567988ad3:v1.11.6"
        ran = await b.talosctl("upgrade", "--wait=false", f"--image={image}", node="k8s-1")
        assert ran.code == 0, ran
        machine = b.machines.machines["k8s-1"]
        await b.until("it runs the new one", lambda: machine.disk.talos_version == "v1.11.6")
        await b.stage("k8s-1", Stage.RUNNING)
        ran = await b.talosctl("version", "--short", node="k8s-1")
        assert "v1.11.6" in ran.out, ran

    played(tmp_path, pki, scenario)


def test_disks_outlive_the_lab(tmp_path: Path, pki: Path) -> None:
    """Machines come back as they were left: configured, and off where they were off."""

    async def before() -> None:
        async with bench(tmp_path, pki, names=("k8s-1", "k8s-2")) as b:
            await b.stage("k8s-1", Stage.MAINTENANCE)
            await b.stage("k8s-2", Stage.MAINTENANCE)
            await b.configure("k8s-1", "k8s-2")
            await b.machines.power_off("k8s-2")

    async def after() -> None:
        async with bench(tmp_path, pki, names=("k8s-1", "k8s-2")) as b:
            await b.bootable("k8s-1")
            machine = b.machines.machines["k8s-1"]
            assert (machine.stage, machine.hostname) == (Stage.BOOTING, "k8s-1")
            assert b.machines.machines["k8s-2"].stage is Stage.OFF
            kept = (tmp_path / "lab" / "machines" / "k8s-1" / "machine.json").stat()
            assert kept.st_mode & 0o077 == 0, "it holds the cluster's secrets"

    asyncio.run(before())
    asyncio.run(after())


def test_logs_and_events(tmp_path: Path, pki: Path) -> None:
    """dmesg, a service's log and the event stream tell what happened."""

    async def scenario(b: Bench) -> None:
        await _up(b)
        assert "machine is running" in (await b.talosctl("dmesg", node="k8s-1")).out
        assert "Running: Started task kubelet" in (await b.talosctl("logs", "kubelet", node="k8s-1")).out
        ran = await b.talosctl("logs", "nobody", node="k8s-1")
        assert (ran.code, "was not registered" in ran.said) == (1, True), ran
        ran = await b.talosctl("events", "--tail", "-1", node="k8s-1", timeout_s=0.7)
        assert ("RUNNING" in ran.out, "ready: true" in ran.out) == (True, True), ran

    played(tmp_path, pki, scenario)
