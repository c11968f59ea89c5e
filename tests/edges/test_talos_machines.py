"""The lab's machines through the real talosctl: told apart, configured, begun, watched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges.field_mask import secrets_in
from estate.machines import Etcd, Machine, State
from tests.edges.talos_bench import Bench, at, generated_pki, played, until

THREE = ("k8s-1", "k8s-2", "k8s-3")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated_pki(tmp_path_factory.mktemp("pki"))


def test_a_machine_in_maintenance_mode_is_known_by_its_hardware(tmp_path: Path, pki: Path) -> None:
    """MAC, disks with what stands on them, and the booted Talos are read without any credentials."""

    async def scenario(bench: Bench) -> None:
        node = bench.nodes["k8s-1"]
        machine = await bench.look_until("k8s-1", lambda machine: machine.state is State.MAINTENANCE)
        assert (machine.stage, machine.holds_etcd, machine.talos_version) == ("maintenance", False, "v1.11.5")
        assert node.mac in machine.macs
        install = next(disk for disk in machine.disks if disk.serial == node.install_disk.serial)
        assert (install.model, install.content) == (node.install_disk.model, None)
        await bench.lab.put_data("k8s-1", install.path, "ceph")
        machine = await bench.machines.look(node)
        assert [disk.content for disk in machine.disks if disk.path == install.path] == ["ceph"]

    played(tmp_path, pki, ("k8s-1",), scenario)


def test_one_that_does_not_answer_is_absent_and_one_of_another_cluster_is_foreign(tmp_path: Path, pki: Path) -> None:
    """Neither is an error at a look; a call to the one is transient, and to the other refused."""

    async def scenario(bench: Bench) -> None:
        gone = at(bench, "k8s-1", "127.0.0.2")
        assert await bench.machines.look(gone) == Machine(State.ABSENT)
        with pytest.raises(Transient, match=r"k8s-1 \(127\.0\.0\.2\) does not answer"):
            await bench.machines.apply(gone, bench.config("k8s-1"))
        with pytest.raises(Transient, match="does not answer"):
            await bench.machines.etcd(gone)
        await bench.lab.make_foreign("k8s-1")
        await bench.look_until("k8s-1", lambda machine: machine.state is State.FOREIGN)
        node = bench.nodes["k8s-1"]
        for call in (bench.machines.etcd(node), bench.machines.bootstrap_etcd(node), bench.machines.kubeconfig(node)):
            with pytest.raises(Refused, match="belongs to another cluster"):
                await call
        with pytest.raises(Refused, match="does not accept"):
            await bench.machines.apply(node, bench.config("k8s-1"))

    played(tmp_path, pki, ("k8s-1",), scenario)


def test_a_config_is_applied_compared_and_changed(tmp_path: Path, pki: Path) -> None:
    """All is new in maintenance mode; then nothing differs; then one field does, and no secret is shown."""

    async def scenario(bench: Bench) -> None:
        node, config = bench.nodes["k8s-1"], bench.config("k8s-1")
        await bench.look_until("k8s-1", lambda machine: machine.state is State.MAINTENANCE)
        assert "no machine config yet" in await bench.machines.difference(node, config)
        await bench.configure("k8s-1")
        machine = await bench.machines.look(node)
        assert (machine.state, machine.hostname, machine.holds_etcd) == (State.BOOTING, "k8s-1", False)
        assert node.mac in machine.macs
        assert await bench.machines.difference(node, config) == ""
        changed = bench.config("k8s-1", token="another.machinetoken1", nodeLabels={"zone": "attic"})
        diff = await bench.machines.difference(node, changed)
        assert "+        zone: attic" in diff or "+    zone: attic" in diff
        assert "another.machinetoken1" not in diff
        assert not [secret for secret in secrets_in(config.reveal()) if secret.reveal() in diff]

    played(tmp_path, pki, ("k8s-1",), scenario)


def test_a_config_is_applied_only_to_the_boot_that_was_looked_at(tmp_path: Path, pki: Path) -> None:
    """A machine that restarted since, or another one at its address, is looked at again before it gets anything."""

    async def scenario(bench: Bench) -> None:
        node = bench.nodes["k8s-1"]
        await bench.look_until("k8s-1", lambda machine: machine.state is State.MAINTENANCE)
        await bench.lab.power_off("k8s-1")
        await bench.lab.power_on("k8s-1")
        await until(lambda: bench.lab.machines["k8s-1"].answers)
        with pytest.raises(Transient, match="restarted since the last look"):
            await bench.machines.apply(node, bench.config("k8s-1"))
        assert bench.lab.machines["k8s-1"].config is None
        await bench.configure("k8s-1")

    played(tmp_path, pki, ("k8s-1",), scenario)


def test_etcd_is_begun_once_and_shown_the_same_by_all_members(tmp_path: Path, pki: Path) -> None:
    """Before, none runs; afterwards members, leader and one cluster; a second time is a question, not a success."""

    async def scenario(bench: Bench) -> None:
        await bench.configure(*THREE)
        first = bench.nodes["k8s-1"]
        assert await bench.machines.etcd(first) == Etcd(running=False)
        await bench.machines.bootstrap_etcd(first)
        await bench.look_until("k8s-3", lambda machine: machine.holds_etcd)
        views = [await bench.machines.etcd(bench.nodes[name]) for name in THREE]
        assert views[0].running
        assert {member.hostname for member in views[0].members} == set(THREE)
        assert {(view.cluster_id, view.leader, view.members) for view in views} == {
            (views[0].cluster_id, views[0].leader, views[0].members)
        }
        assert views[0].leader in {member.id for member in views[0].members}
        with pytest.raises(Transient, match="data directory is not empty"):
            await bench.machines.bootstrap_etcd(first)
        kubeconfig = await bench.machines.kubeconfig(first)
        assert kubeconfig.reveal() == bench.control_planes.kubeconfig("k8s-1")

    played(tmp_path, pki, THREE, scenario)


def test_a_worker_is_no_place_for_etcd(tmp_path: Path, pki: Path) -> None:
    """It holds no etcd data, and asking it to begin one is permanent: its role is wrong in the inventory."""

    async def scenario(bench: Bench) -> None:
        await bench.configure("k8s-1", "k8s-4")
        worker = bench.nodes["k8s-4"]
        assert not (await bench.machines.look(worker)).holds_etcd
        with pytest.raises(Permanent, match="only a control plane can do that"):
            await bench.machines.bootstrap_etcd(worker)
        with pytest.raises(Permanent, match="only a control plane can do that"):
            await bench.machines.etcd(worker)

    played(tmp_path, pki, ("k8s-1", "k8s-4"), scenario)


def test_changes_are_told_through_a_boot(tmp_path: Path, pki: Path) -> None:
    """Who waits hears at once, and again when the machine goes into service; then no process and no record is left."""

    async def scenario(bench: Bench) -> None:
        node, told = bench.nodes["k8s-1"], asyncio.Event()

        async def listen() -> None:
            async for _ in bench.machines.changes((node,)):
                told.set()

        listening = [asyncio.create_task(listen()) for _ in range(2)]
        await told.wait()
        await bench.look_until("k8s-1", lambda machine: machine.state is State.MAINTENANCE)
        await until(lambda: len(list(bench.shell.state_dir.glob("command-*.json"))) == 1)
        told.clear()
        await bench.machines.apply(node, bench.config("k8s-1"))
        async with asyncio.timeout(8):  # sooner than by the pulse
            await told.wait()
        await bench.look_until("k8s-1", lambda machine: machine.state is State.BOOTING)
        await until(lambda: len(list(bench.shell.state_dir.glob("command-*.json"))) == 1)  # it is watched again
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        assert not list(bench.shell.state_dir.glob("command-*.json"))

    played(tmp_path, pki, ("k8s-1",), scenario)


def test_no_secret_is_in_an_argument_a_log_or_a_file(tmp_path: Path, pki: Path) -> None:
    """After a whole life of a machine: its config's secrets and our own key stand nowhere in the run's folder."""

    async def scenario(bench: Bench) -> None:
        await bench.configure("k8s-1")
        await bench.machines.difference(bench.nodes["k8s-1"], bench.config("k8s-1", token="another.machinetoken1"))
        with pytest.raises(Permanent):
            await bench.machines.apply(bench.nodes["k8s-1"], Secret("machine: [another.machinetoken2"))
        talosconfig = (bench.pki / "talosconfig").read_text()
        known = {
            secret.reveal() for text in (talosconfig, bench.config("k8s-1").reveal()) for secret in secrets_in(text)
        }
        log = repr(bench.ran)
        assert not [value for value in (*known, "another.machinetoken1", "another.machinetoken2") if value in log]
        assert not list(bench.shell.state_dir.iterdir())

    played(tmp_path, pki, ("k8s-1",), scenario)
