"""A machine without a config answers what a real one of 1.11.5 answers, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.talos.facts import Stage
from tests.lab.talos.bench import Bench, played

ANSWERED = (
    ("get machinestatus -o yaml", "stage: maintenance"),
    ("get links -o yaml", "hardwareAddr: 48:21:0b:5e:a0:1c"),
    ("get disks -o yaml", "serial: S6Z1NJ0TA31477K"),
    ("get discoveredvolumes -o json", '"dev_path": "/dev/nvme0n1"'),
    ("get systeminformation -o yaml", "manufacturer: Intel"),
    ("get version -o yaml", "version: v1.11.5"),
)
REFUSED = (
    ("version", "API is not implemented in maintenance mode"),
    ("get machineconfig", "not authorized"),
    ("get pods", 'resource "pods" is not registered'),
    ("upgrade --image factory.talos.dev/installer:v1.11.6 --wait=false", "not implemented in maintenance mode"),
)


def test_what_a_machine_without_a_config_answers(tmp_path: Path, pki: Path) -> None:
    """Hardware and status can be read by anybody; whatever is secret or needs a cluster is refused."""

    async def scenario(b: Bench) -> None:
        for argv, expected in ANSWERED:
            ran = await b.insecure(*argv.split(), node="k8s-1")
            assert (ran.code, expected in ran.out) == (0, True), (argv, ran)
        for argv, expected in REFUSED:
            ran = await b.insecure(*argv.split(), node="k8s-1")
            assert (ran.code, expected in ran.err) == (1, True), (argv, ran)

    played(tmp_path, pki, scenario)


def test_credentials_are_no_use_in_maintenance_mode(tmp_path: Path, pki: Path) -> None:
    """The machine's certificate is its own, which a client with a CA does not trust."""

    async def scenario(b: Bench) -> None:
        ran = await b.talosctl("version", node="k8s-1")
        assert ran.code == 1
        assert "x509: certificate signed by unknown authority" in ran.err

    played(tmp_path, pki, scenario)


@pytest.mark.parametrize("mode", ["no-reboot", "staged"])
def test_modes_that_need_a_config(tmp_path: Path, pki: Path, mode: str) -> None:
    """Without a config there is nothing to keep running with."""

    async def scenario(b: Bench) -> None:
        ran = await b.insecure("apply-config", "--mode", mode, "-f", str(b.config("k8s-1")), node="k8s-1")
        assert ran.code == 1
        assert f"apply configuration --mode='{mode}' is not supported in maintenance mode" in ran.err
        assert b.machines.machines["k8s-1"].stage is Stage.MAINTENANCE

    played(tmp_path, pki, scenario)


def test_a_dry_run_takes_nothing(tmp_path: Path, pki: Path) -> None:
    """It says that there is no config to compare with, and the machine stays as it was."""

    async def scenario(b: Bench) -> None:
        ran = await b.insecure("apply-config", "--dry-run", "-f", str(b.config("k8s-1")), node="k8s-1")
        assert ran.code == 0
        assert "Node is running in maintenance mode and does not have a config yet." in ran.said
        machine = b.machines.machines["k8s-1"]
        assert (machine.stage, machine.disk.config, machine.disk.content) == (Stage.MAINTENANCE, "", {})

    played(tmp_path, pki, scenario)
