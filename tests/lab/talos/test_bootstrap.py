"""The bootstrap call: once, on one control plane, and every answer that it can give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.talos.delays import AT_ONCE, Delays
from lab.talos.facts import Stage
from tests.lab.talos.bench import Bench, played
from tests.lab.talos.bolt import empty_snapshot

THREE = ("k8s-1", "k8s-2", "k8s-4")


def test_before_and_after_bootstrap(tmp_path: Path, pki: Path) -> None:
    """A control plane stays at booting without etcd; begun, all run, and only the node's readiness is unmet."""

    async def scenario(b: Bench) -> None:
        await b.configure(*THREE)
        await b.stage("k8s-4", Stage.RUNNING)
        assert await _status(b, "k8s-1") == ("booting", ["services", "nodeReady"])
        assert await _status(b, "k8s-4") == ("running", ["nodeReady"])
        await b.bootstrap()
        await b.stage("k8s-2", Stage.RUNNING)
        assert await _status(b, "k8s-1") == ("running", ["nodeReady"])
        b.kubelets.nodes_ready.update(THREE)
        assert await _status(b, "k8s-1") == ("running", [])

    played(tmp_path, pki, scenario, THREE)


async def _status(b: Bench, name: str) -> tuple[str, list[str]]:
    [status] = await b.get("machinestatus", name)
    return status["spec"]["stage"], [unmet["name"] for unmet in status["spec"]["status"]["unmetConditions"]]


def test_a_second_call(tmp_path: Path, pki: Path) -> None:
    """The data directory is not empty any more, on the first machine and on those that joined."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1", "k8s-2")
        await b.bootstrap()
        for name in ("k8s-1", "k8s-2"):
            ran = await b.talosctl("bootstrap", node=name)
            assert (ran.code, "AlreadyExists desc = etcd data directory is not empty" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario, ("k8s-1", "k8s-2"))


def test_a_worker(tmp_path: Path, pki: Path) -> None:
    """A worker refuses in the words of 1.11.5."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1", "k8s-4")
        ran = await b.talosctl("bootstrap", node="k8s-4")
        expected = "FailedPrecondition desc = bootstrap can only be performed on a control plane node"
        assert (ran.code, expected in ran.err) == (1, True), ran
        assert b.control_planes.data == {}

    played(tmp_path, pki, scenario, ("k8s-1", "k8s-4"))


def test_a_machine_that_is_still_booting(tmp_path: Path, pki: Path) -> None:
    """Without its container runtime it has nothing to begin etcd with."""
    slow = Delays(leave=0.02, install=0.02, restart=0.02, time=0.02, runtime=30.0, kubelet=0.02)

    async def scenario(b: Bench) -> None:
        assert (await b.insecure("apply-config", "-f", str(b.config("k8s-1")), node="k8s-1")).code == 0
        await b.stage("k8s-1", Stage.BOOTING)
        ran = await b.talosctl("bootstrap", node="k8s-1")
        assert (ran.code, "FailedPrecondition desc = bootstrap is not available yet" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario, delays=slow)


def test_a_clock_that_is_not_in_sync(tmp_path: Path, pki: Path) -> None:
    """etcd is not begun on a wrong clock; once it is right, it is."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        await b.machines.lose_time_sync("k8s-1")
        assert [row["spec"]["synced"] for row in await b.get("timestatus", "k8s-1")] == [False]
        assert "time" in (await _status(b, "k8s-1"))[1]
        ran = await b.talosctl("bootstrap", node="k8s-1")
        assert (ran.code, "FailedPrecondition desc = time is not in sync yet" in ran.err) == (1, True), ran
        assert b.control_planes.data == {}
        await b.machines.restore_time_sync("k8s-1")
        await b.bootstrap()

    played(tmp_path, pki, scenario)


def test_a_machine_that_boots_without_the_time(tmp_path: Path, pki: Path) -> None:
    """Its container runtime comes up and its files can be listed, but etcd and the kubelet wait for the clock."""

    async def scenario(b: Bench) -> None:
        await b.machines.lose_time_sync("k8s-1")
        assert (await b.insecure("apply-config", "-f", str(b.config("k8s-1")), node="k8s-1")).code == 0
        await b.until("its runtime is up", lambda: b.machines.machines["k8s-1"].services.running("cri"))
        listed = await b.talosctl("list", "/var/lib/etcd", node="k8s-1")
        assert listed.code == 0, listed
        ran = await b.talosctl("bootstrap", node="k8s-1")
        assert (ran.code, "FailedPrecondition desc = time is not in sync yet" in ran.err) == (1, True), ran
        assert b.control_planes.data == {}
        assert "k8s-1" not in b.kubelets.up
        await b.machines.restore_time_sync("k8s-1")
        await b.bootable("k8s-1")
        await b.bootstrap()

    played(tmp_path, pki, scenario)


def test_a_config_without_etcd(tmp_path: Path, pki: Path) -> None:
    """A control plane that was rendered without etcd's CA is told so."""

    def without_etcd(document: dict[str, Any]) -> None:
        del document["cluster"]["etcd"]

    async def scenario(b: Bench) -> None:
        file = str(b.config("k8s-1", without_etcd))
        assert (await b.insecure("apply-config", "-f", file, node="k8s-1")).code == 0
        await b.bootable("k8s-1")
        ran = await b.talosctl("bootstrap", node="k8s-1")
        assert (ran.code, "InvalidArgument desc = etcd is not configured" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario)


def test_from_a_snapshot(tmp_path: Path, pki: Path) -> None:
    """The uploaded snapshot is what etcd is begun from, and without an upload there is none to recover."""
    snapshot = tmp_path / "etcd.snapshot"
    snapshot.write_bytes(empty_snapshot())

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        ran = await b.talosctl("bootstrap", "--recover-from", str(snapshot), node="k8s-1")
        assert ran.code == 0, ran
        assert b.control_planes.begun_from == {"k8s-1": snapshot.read_bytes()}

    played(tmp_path, pki, scenario)


def test_it_survives_a_reboot(tmp_path: Path, pki: Path) -> None:
    """A machine whose data is there runs again by itself, without another bootstrap call."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        await b.bootstrap()
        machine = b.machines.machines["k8s-1"]
        boot = machine.boot_id
        assert (await b.talosctl("reboot", "--wait=false", node="k8s-1")).code == 0
        await b.until("it rebooted", lambda: machine.boot_id != boot and machine.stage is Stage.RUNNING)
        assert b.control_planes.begun_from == {"k8s-1": None}

    played(tmp_path, pki, scenario, delays=AT_ONCE)
