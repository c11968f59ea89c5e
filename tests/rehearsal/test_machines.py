"""Machines of the simulated world: what they answer, and what they do by themselves."""

from __future__ import annotations

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from estate.machines import Machine, Machines, State
from rehearsal.canonical import settle
from rehearsal.faults import Fault, inject
from rehearsal.pki import value_of
from rehearsal.transitions import run_until
from rehearsal.world import World
from steps.site import Site
from tests.rehearsal.worlds import apply_all, bare, begin_etcd, cluster_of, configured, do, node_of, on_machines
from tree.reference import parsed


def look(world: World, name: str = "k8s-1") -> Machine:
    return on_machines(world, lambda machines: machines.look(node_of(name)))


def apply(world: World, name: str) -> None:
    async def work(site: Site) -> None:
        await (await site.machines()).apply(site.node(name), await site.machine_config(site.node(name)))

    do(world, work)


def with_an_issuer() -> World:
    """A control plane that signs workers' certificates; all else is bare."""
    world = bare()
    apply(world, "k8s-1")
    settle(world)
    return world


@pytest.mark.parametrize("node", cluster_of().nodes, ids=lambda node: node.name)
def test_a_bare_machine_is_the_inventorys(node: object) -> None:
    """In maintenance mode it shows its MAC, and exactly one empty disk that the inventory means."""
    wanted = next(n for n in cluster_of().nodes if n == node)
    machine = look(bare(), wanted.name)
    assert machine.state is State.MAINTENANCE
    assert machine.macs == (wanted.mac,)
    fitting = [disk for disk in machine.disks if disk.serial == wanted.install_disk.serial]
    assert [disk.content for disk in fitting] == [None]
    assert machine.talos_version == cluster_of().talos.version
    assert not machine.holds_etcd


def test_staging_machines_have_one_disk_at_the_inventorys_path() -> None:
    """A virtual machine has the disk that its inventory names by path."""
    world = bare(name="staging")
    node = cluster_of("staging").nodes[0]

    async def work(site: Site) -> Machine:
        return await (await site.machines()).look(node)

    assert [disk.path for disk in do(world, work).disks] == ["/dev/sda"]


def test_a_workers_api_waits_for_a_control_plane() -> None:
    """trustd of a control plane signs its certificate; until one answers, nothing does at the worker's port."""
    world = bare()
    apply(world, "k8s-4")
    run_until(world, 600.0)
    assert look(world, "k8s-4").state is State.ABSENT
    apply(world, "k8s-1")
    run_until(world, 900.0)
    assert look(world, "k8s-4").state is State.RUNNING


def test_a_machine_installs_reboots_boots_and_runs() -> None:
    """A worker goes through every state once; the insecure port still answers while it installs (failure 10)."""
    world = bare()
    apply(world, "k8s-1")
    run_until(world, 150.0)
    apply(world, "k8s-4")
    seen: list[str] = []
    for moment in range(150, 350):
        run_until(world, float(moment))
        machine = look(world, "k8s-4")
        state = f"{machine.state} {machine.stage}".strip()
        if not seen or seen[-1] != state:
            seen.append(state)
    assert seen == ["maintenance installing", "absent", "booting booting", "running running"]


def test_installing_takes_the_disk() -> None:
    """After the installation the install disk holds Talos, the other is as it was."""
    world = configured()
    assert [disk.content for disk in look(world, "k8s-1").disks] == ["talos", None]


def test_a_second_config_while_installing_is_told_to_wait() -> None:
    """A machine that installs already takes no other config."""
    world = bare()
    apply(world, "k8s-1")
    with pytest.raises(Transient, match="installs Talos already"):
        apply(world, "k8s-1")


def test_control_planes_boot_until_there_is_etcd() -> None:
    """Without etcd a control plane does not get to running; a worker does, without a network."""
    world = configured()
    assert look(world, "k8s-1").state is State.BOOTING
    assert look(world, "k8s-1").unmet == ("etcd", "staticPods", "nodeReady")
    assert look(world, "k8s-4").state is State.RUNNING
    assert look(world, "k8s-4").unmet == ("nodeReady",)
    assert not look(world, "k8s-4").ready


def test_time_is_synced_some_seconds_after_boot() -> None:
    """A machine that just booted has no true time yet (failure 11)."""
    world = bare()
    apply(world, "k8s-1")
    synced: list[bool] = []
    for moment in range(1, 160):
        run_until(world, float(moment))
        machine = look(world)
        if machine.state is State.BOOTING:
            synced.append(machine.time_synced)
            assert ("time" in machine.unmet) is not machine.time_synced
    assert synced[0] is False
    assert synced[-1] is True


def test_a_machine_without_our_ca_is_foreign() -> None:
    """A machine of another cluster is told as foreign, and refuses every call."""
    world = inject(bare(), [Fault("foreign", "k8s-2")])
    assert look(world, "k8s-2") == Machine(State.FOREIGN)
    with pytest.raises(Refused, match="x509"):
        apply(world, "k8s-2")
    assert not [effect for effect in world.effects if effect["target"] == "k8s-2"]


def test_credentials_of_another_cluster_are_refused() -> None:
    """Our own machines refuse a talosconfig with another CA."""
    world = configured()

    async def work(site: Site) -> None:
        ours = parsed(site.cluster.identity.talos_ca)
        theirs = (await site.talosconfig()).reveal().replace(value_of(ours), value_of(ours, "another"))
        machines = await site.estate.talos.connect(Secret(theirs))
        assert (await machines.look(site.node("k8s-1"))).state is State.FOREIGN
        with pytest.raises(Refused):
            await machines.etcd(site.node("k8s-1"))

    do(world, work)


def test_a_talosconfig_without_a_ca_is_no_talosconfig() -> None:
    """Connecting needs a context with a CA."""

    async def work(site: Site) -> None:
        with pytest.raises(Permanent, match="no context with a CA"):
            await site.estate.talos.connect(Secret("context: main\ncontexts: {}\n"))

    do(bare(), work)


def test_a_broken_config_changes_nothing() -> None:
    """A control plane's config without an etcd CA is refused, and the machine stays as it was."""
    world = bare()

    async def work(site: Site) -> None:
        text = (await site.machine_config(site.node("k8s-1"))).reveal()
        without = Secret(text.replace("  etcd:\n", "  etcd0:\n"))
        with pytest.raises(Permanent, match=r"cluster\.etcd\.ca\.crt is missing"):
            await (await site.machines()).apply(site.node("k8s-1"), without)

    do(world, work)
    assert look(world).state is State.MAINTENANCE
    assert world.effects == []


def test_the_difference_is_empty_for_what_was_applied() -> None:
    """Before applying there is a difference, after it there is none, and a changed config differs again."""
    world = with_an_issuer()

    async def difference(site: Site, extra: str = "") -> str:
        config = await site.machine_config(site.node("k8s-4"))
        return await (await site.machines()).difference(site.node("k8s-4"), Secret(config.reveal() + extra))

    assert do(world, difference)
    apply(world, "k8s-4")
    settle(world)
    assert do(world, difference) == ""
    changed = do(world, lambda site: difference(site, "debug2: true\n"))
    assert "+debug2: true" in changed


def test_a_difference_shows_no_secret() -> None:
    """What would change is shown with the vault's values under the names of their references."""
    world = bare()

    async def work(site: Site) -> tuple[str, str]:
        config = await site.machine_config(site.node("k8s-1"))
        token = next(v for r, v in (await site.secrets()).items() if r.field == "MACHINE_TOKEN")
        return await (await site.machines()).difference(site.node("k8s-1"), config), token.reveal()

    shown, token = do(world, work)
    assert token not in shown
    assert "op://homelab-main/talos/MACHINE_TOKEN" in shown


@pytest.mark.parametrize("call", ["etcd", "kubeconfig", "bootstrap_etcd"])
@pytest.mark.parametrize("world", [bare(), inject(bare(), [Fault("node-dies", "k8s-1")])], ids=["maintenance", "off"])
def test_a_machine_that_cannot_answer_may_do_so_later(world: World, call: str) -> None:
    """In maintenance mode or without power the secure API is away, and that is transient."""
    run_until(world, 1.0)

    async def work(machines: Machines) -> None:
        with pytest.raises(Transient):
            await getattr(machines, call)(node_of("k8s-1"))

    on_machines(world, work)


def test_a_machine_without_power_is_absent() -> None:
    """No power, no answer; afterwards a machine without installation is in maintenance mode again."""
    world = inject(bare(), [Fault("node-dies", "k8s-3", at=5, for_s=60)])
    run_until(world, 6)
    assert look(world, "k8s-3").state is State.ABSENT
    run_until(world, 70)
    assert look(world, "k8s-3").state is State.MAINTENANCE


def test_a_machine_that_was_installed_boots_after_a_power_cut() -> None:
    """What was installed is there when the power comes back, and what ran begins anew."""
    world = configured()
    inject(world, [Fault("node-dies", "k8s-4", at=world.now + 1, for_s=30)])
    run_until(world, world.now + 5)
    assert look(world, "k8s-4").state is State.ABSENT
    settle(world)
    assert look(world, "k8s-4").state is State.RUNNING


def test_a_power_cut_ends_an_installation() -> None:
    """A machine that dies while it installs has nothing to boot from: it asks for a config again."""
    world = with_an_issuer()
    apply(world, "k8s-5")
    inject(world, [Fault("node-dies", "k8s-5", at=world.now + 1, for_s=30)])
    settle(world)
    assert look(world, "k8s-5").state is State.MAINTENANCE
    apply(world, "k8s-5")
    settle(world)
    assert look(world, "k8s-5").state is State.RUNNING


def test_watchers_hear_of_every_change_of_a_machine() -> None:
    """A watch yields from the first reaction to the config until the machine runs."""
    world = with_an_issuer()

    async def work(site: Site) -> list[str]:
        machines, node = await site.machines(), site.node("k8s-4")
        seen = [(await machines.look(node)).state.value]
        await machines.apply(node, await site.machine_config(node))
        async for _ in machines.changes([node]):
            state = (await machines.look(node)).state.value
            if state != seen[-1]:
                seen.append(state)
            if state == "running":
                return seen
        raise AssertionError("a watch has no end")

    assert do(world, work) == ["maintenance", "absent", "booting", "running"]


def test_what_a_client_asked_for_goes_on_without_it() -> None:
    """A client that is gone after an accepted call does not stop the machine: the effect is the world's."""
    world = bare()
    do(world, apply_all)
    settle(world)
    do(world, begin_etcd)
    assert world.etcds == {}
    settle(world)
    assert len(next(iter(world.etcds.values()))["members"]) == 3
