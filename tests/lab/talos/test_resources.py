"""Every kind of resource is read by the real talosctl, by its aliases, in each of its output formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.lab.talos.bench import Bench, played

# (what is asked for, part of the first row's spec)
KINDS: tuple[tuple[str, Any], ...] = (
    ("rd", {"type": "ResourceDefinitions.meta.cosi.dev"}),
    ("namespaces.meta.cosi.dev", {"description": ""}),
    ("ms", {"stage": "running"}),
    ("links enp86s0", {"hardwareAddr": "48:21:0b:5e:a0:1c", "type": "ether"}),
    ("addresses", {"address": "127.0.0.1/8"}),
    ("hostname", {"hostname": "k8s-1"}),
    ("disks nvme1n1", {"dev_path": "/dev/nvme1n1", "transport": "nvme", "size": 1_000_000_000_000}),
    ("dv nvme0n1p4", {"partition_label": "EPHEMERAL", "name": "xfs", "parent_dev_path": "/dev/nvme0n1"}),
    ("systemdisk", {"devPath": "/dev/nvme0n1"}),
    ("volumestatus EPHEMERAL", {"location": "/dev/nvme0n1p4", "phase": "ready"}),
    ("systeminformation", {"productName": "NUC11TNHi5"}),
    ("timestatus", {"synced": True}),
    ("versions.runtime", {"version": "v1.11.5"}),
    ("svc kubelet", {"running": True, "healthy": True, "unknown": False}),
    ("members k8s-1", {"hostname": "k8s-1", "machineType": "controlplane"}),
    ("infos.cluster.talos.dev", {"clusterName": "main"}),
    ("nodename", {"nodename": "k8s-1"}),
    ("nodestatus", {"nodename": "k8s-1", "nodeReady": True}),
    ("podstatus kube-system/kube-scheduler-k8s-1", {"phase": "Running"}),
    ("etcdmember", {"memberID": "00000000000000a0"}),
)


def test_kinds(tmp_path: Path, pki: Path) -> None:
    """YAML and JSON say the same, and both what the machine is."""

    async def scenario(b: Bench) -> None:
        await _running(b)
        for what, expected in KINDS:
            [row, *_] = await b.get(what, "k8s-1")
            assert expected.items() <= row["spec"].items(), (what, row)
        for what in ("rd", "ms", "disks", "members"):
            [row, *_] = await b.get(what, "k8s-1")
            ran = await b.talosctl("get", what, "-o", "json", node="k8s-1")
            first, _ = json.JSONDecoder().raw_decode(ran.out)
            assert first["spec"] == row["spec"], what

    played(tmp_path, pki, scenario)


async def _running(b: Bench) -> None:
    await b.configure("k8s-1")
    await b.bootstrap()
    b.kubelets.nodes_ready.add("k8s-1")


def test_the_config_and_the_type(tmp_path: Path, pki: Path) -> None:
    """The active config is the one that was applied; the machine's type is a word."""

    async def scenario(b: Bench) -> None:
        await _running(b)
        [config] = await b.get("machineconfig v1alpha1", "k8s-1")
        assert yaml.safe_load(config["spec"]) == yaml.safe_load(b.config("k8s-1").read_text())
        assert [row["spec"] for row in await b.get("machinetype", "k8s-1")] == ["controlplane"]

    played(tmp_path, pki, scenario)


def test_what_is_not_there(tmp_path: Path, pki: Path) -> None:
    """An unknown kind, an unknown id and another namespace are three different answers."""
    questions = (
        ("get pods", 'resource "pods" is not registered'),
        ("get disks sdz", "NotFound"),
        ("get disks --namespace nowhere", 'namespace "nowhere" is not supported'),
    )

    async def scenario(b: Bench) -> None:
        await _running(b)
        for argv, complaint in questions:
            ran = await b.talosctl(*argv.split(), node="k8s-1")
            assert (ran.code, complaint in ran.err) == (1, True), (argv, ran)
        assert await b.get("diagnostics", "k8s-1") == []

    played(tmp_path, pki, scenario)


def test_versions_count_changes(tmp_path: Path, pki: Path) -> None:
    """A resource's version goes up when it changes, and only then."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        [first] = await b.get("links enp86s0", "k8s-1")
        await b.machines.replace_mac("k8s-1", "02:00:00:00:00:01")
        [second] = await b.get("links enp86s0", "k8s-1")
        [third] = await b.get("links enp86s0", "k8s-1")
        versions = [int(found["metadata"]["version"]) for found in (first, second, third)]
        assert versions == [1, 2, 2]

    played(tmp_path, pki, scenario)


def test_kubeconfig(tmp_path: Path, pki: Path) -> None:
    """talosctl unpacks the control plane's; a worker has none."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1", "k8s-4")
        ran = await b.talosctl("kubeconfig", "-", node="k8s-1")
        assert (ran.code, ran.out) == (0, b.control_planes.kubeconfig("k8s-1")), ran
        ran = await b.talosctl("kubeconfig", "-", node="k8s-4")
        assert (ran.code, "only available on control plane nodes" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario, ("k8s-1", "k8s-4"))
