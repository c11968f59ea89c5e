"""What talosctl's etcd commands say and do."""

from __future__ import annotations

from pathlib import Path

from tests.lab.talos.bench import Bench, played
from tests.lab.talos.bolt import empty_snapshot

TWO = ("k8s-1", "k8s-2")


def test_members_and_status(tmp_path: Path, pki: Path) -> None:
    """Each member is listed with its id and whether it is a learner; status tells the leader."""

    async def scenario(b: Bench) -> None:
        await b.configure(*TWO)
        await b.bootstrap()
        b.control_planes.learners.add("k8s-2")
        ran = await b.talosctl("etcd", "members", node="k8s-1")
        rows = [line.split() for line in ran.out.splitlines()[1:]]
        assert [(row[1], row[2], row[5]) for row in rows] == [
            ("00000000000000a0", "k8s-1", "false"),
            ("00000000000000a1", "k8s-2", "true"),
        ]
        ran = await b.talosctl("etcd", "status", node="k8s-2")
        assert "00000000000000a1" in ran.out
        assert "00000000000000a0" in ran.out
        assert "3.6.16" in ran.out
        ran = await b.talosctl("etcd", "alarm", "list", node="k8s-1")
        assert (ran.code, "NOSPACE" in ran.out) == (0, False)
        assert [row["spec"]["memberID"] for row in await b.get("etcdmember", "k8s-1")] == ["00000000000000a0"]

    played(tmp_path, pki, scenario, TWO)


def test_etcd_that_is_not_there(tmp_path: Path, pki: Path) -> None:
    """Before bootstrap it cannot be asked; a worker says that it has none."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1", "k8s-4")
        for argv in ("members", "status", "leave"):
            ran = await b.talosctl("etcd", argv, node="k8s-1")
            assert (ran.code, "Unavailable" in ran.err) == (1, True), ran
            ran = await b.talosctl("etcd", argv, node="k8s-4")
            assert (ran.code, "is only available on control plane nodes" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario, ("k8s-1", "k8s-4"))


def test_a_service_that_is_ill(tmp_path: Path, pki: Path) -> None:
    """`talosctl service` tells of etcd what its health check says."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        ran = await b.talosctl("service", "etcd", node="k8s-1")
        assert "Preparing" in ran.out, ran
        await b.bootstrap()
        ran = await b.talosctl("service", "etcd", node="k8s-1")
        assert ("STATE    Running" in ran.out, "HEALTH   OK" in ran.out) == (True, True), ran
        b.control_planes.unhealthy.add("k8s-1")
        ran = await b.talosctl("service", "etcd", node="k8s-1")
        assert ("Fail" in ran.out, "etcd does not answer" in ran.out) == (True, True), ran
        [service] = await b.get("service etcd", "k8s-1")
        assert service["spec"] == {"running": True, "healthy": False, "unknown": False}

    played(tmp_path, pki, scenario)


def test_a_snapshot(tmp_path: Path, pki: Path) -> None:
    """It arrives as etcd gave it; talosctl itself checks the hash at its end."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        await b.bootstrap()
        b.control_planes.content = empty_snapshot()
        ran = await b.talosctl("etcd", "snapshot", str(tmp_path / "db"), node="k8s-1")
        assert ran.code == 0, ran
        assert (tmp_path / "db").read_bytes() == b.control_planes.content
        assert not (tmp_path / "snapshot").exists(), "the machine keeps no copy"

    played(tmp_path, pki, scenario)


def test_members_go(tmp_path: Path, pki: Path) -> None:
    """One leaves by itself, one is removed by its id, and an unknown id is not found."""

    async def scenario(b: Bench) -> None:
        await b.configure(*TWO)
        await b.bootstrap()
        ran = await b.talosctl("etcd", "remove-member", "00000000000000ff", node="k8s-1")
        assert (ran.code, "NotFound" in ran.err) == (1, True), ran
        ran = await b.talosctl("etcd", "remove-member", "00000000000000a1", node="k8s-1")
        assert (ran.code, set(b.control_planes.data)) == (0, {"k8s-1"}), ran
        ran = await b.talosctl("etcd", "leave", node="k8s-1")
        assert (ran.code, b.control_planes.data) == (0, {}), ran

    played(tmp_path, pki, scenario, TWO)
