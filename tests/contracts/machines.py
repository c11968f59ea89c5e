"""Contracts of the Talos port: machines, etcd, machine configs."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bootstrap.clock import Clock
from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from estate.machines import State
from steps.disks import matching_disks
from steps.identity import kubeconfig_fingerprint
from steps.site import Site
from tests.contracts.bench import Contract
from tests.contracts.life import ANYWHERE, Span, Stage
from tests.contracts.raising import configured, etcd_begun, eventually, with_etcd
from tree.reference import parsed


def another_ca() -> str:
    """The certificate of a CA that nobody's vault holds, as base64 of PEM."""
    key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "talos")])
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    valid = unsigned.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    ca = valid.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, None)
    return b64encode(ca.public_bytes(Encoding.PEM)).decode()


async def bare_machines_are_the_inventorys(site: Site, clock: Clock) -> None:
    """Maintenance mode, with the inventory's MAC and exactly one install disk; nothing is known of etcd."""
    machines = await site.machines()
    for node in site.nodes:
        machine = await machines.look(node)
        assert machine.state is State.MAINTENANCE
        assert node.mac in machine.macs
        assert len(matching_disks(node, machine)) == 1
        assert machine.talos_version
        assert not machine.holds_etcd


async def a_bare_machine_has_no_secure_api(site: Site, clock: Clock) -> None:
    """What needs our credentials is transient there, and leaves it as it is."""
    machines, node = await site.machines(), site.control_planes[0]
    for call in (machines.etcd, machines.bootstrap_etcd, machines.kubeconfig):
        with pytest.raises(Transient):
            await call(node)
    assert (await machines.look(node)).state is State.MAINTENANCE


async def a_config_makes_a_machine_ours(site: Site, clock: Clock) -> None:
    """Afterwards a control plane boots, and then a worker runs, under its name; there is no difference left."""
    machines = await site.machines()
    for node, state in ((site.control_planes[0], State.BOOTING), (site.nodes[-1], State.RUNNING)):
        config = await site.machine_config(node)
        assert await machines.difference(node, config) != ""
        await machines.apply(node, config)
        found = await eventually(clock, partial(machines.look, node), lambda m, state=state: m.state is state)  # type: ignore[misc]
        assert (found.hostname, found.stage) == (node.name, state.value)
        assert await machines.difference(node, config) == ""


async def a_broken_config_is_refused(site: Site, clock: Clock) -> None:
    """Validation says why, the machine says no for good, and nothing happened."""
    machines, node = await site.machines(), site.control_planes[0]
    broken = Secret((await site.machine_config(node)).reveal().replace("type: controlplane", "type: teapot"))
    assert await site.estate.talos.validate(broken) != ()
    with pytest.raises(Permanent):
        await machines.apply(node, broken)
    assert (await machines.look(node)).state is State.MAINTENANCE


async def every_config_of_the_tree_is_valid(site: Site, clock: Clock) -> None:
    """Base and patch merge into something that Talos takes."""
    for node in site.nodes:
        assert await site.estate.talos.validate(await site.machine_config(node)) == ()


async def what_is_no_config_cannot_be_merged(site: Site, clock: Clock) -> None:
    """A list is no machine config."""
    with pytest.raises(Permanent):
        await site.estate.talos.merge(Secret("machine: {}\n"), Secret("- no mapping\n"))


async def other_credentials_see_strangers(site: Site, clock: Clock) -> None:
    """With another CA our own machine is foreign, and every call to it is refused."""
    await configured(site, clock)
    ours = parsed(site.cluster.identity.talos_ca)
    known = (await site.secrets())[ours].reveal()
    theirs = Secret((await site.talosconfig()).reveal().replace(known, another_ca()))
    machines, node = await site.estate.talos.connect(theirs), site.control_planes[0]
    assert (await machines.look(node)).state is State.FOREIGN
    with pytest.raises(Refused):
        await machines.etcd(node)


async def etcd_begins_with_one_call(site: Site, clock: Clock) -> None:
    """Before it there are no members; after it all control planes are, by name and address, with one leader."""
    await configured(site, clock)
    machines = await site.machines()
    await eventually(clock, lambda: machines.etcd(site.control_planes[0]), lambda view: not view.members)
    await etcd_begun(site, clock)
    wanted = {node.name: str(node.address) for node in site.control_planes}
    for node in site.control_planes:
        view = await eventually(clock, partial(machines.etcd, node), lambda v: bool(v.running and v.leader))
        assert {member.hostname: member.address for member in view.members} == wanted
        assert (await machines.look(node)).holds_etcd


async def a_second_call_is_a_question(site: Site, clock: Clock) -> None:
    """On a member the call is transient on every control plane: ask for members instead."""
    await with_etcd(site, clock)
    machines = await site.machines()
    for node in site.control_planes:
        with pytest.raises(Transient):
            await machines.bootstrap_etcd(node)
        assert len((await machines.etcd(node)).members) == len(site.control_planes)


async def workers_have_no_etcd(site: Site, clock: Clock) -> None:
    """Asking one is a mistake of the inventory: permanent."""
    await configured(site, clock)
    machines, worker = await site.machines(), next(node for node in site.nodes if node.role == "worker")
    with pytest.raises(Permanent):
        await machines.bootstrap_etcd(worker)
    with pytest.raises(Permanent):
        await machines.etcd(worker)


async def a_kubeconfig_carries_the_vaults_ca(site: Site, clock: Clock) -> None:
    """By it the operator knows which cluster it is for."""
    await with_etcd(site, clock)
    found = await (await site.machines()).kubeconfig(site.control_planes[0])
    assert kubeconfig_fingerprint(found) == (await site.identity()).ca_fingerprint


async def watchers_hear_of_a_machine(site: Site, clock: Clock) -> None:
    """After a config was applied a watch yields, and a look then shows something new."""
    machines, node = await site.machines(), site.control_planes[0]
    await machines.apply(node, await site.machine_config(node))
    async for _ in machines.changes([node]):
        if (await machines.look(node)).state is State.BOOTING:
            return


CONTRACTS: dict[Contract, Span] = {
    bare_machines_are_the_inventorys: Span(Stage.BARE, Stage.BARE),
    a_bare_machine_has_no_secure_api: Span(Stage.BARE, Stage.BARE),
    a_config_makes_a_machine_ours: Span(Stage.BARE, Stage.TOUCHED),
    a_broken_config_is_refused: Span(Stage.BARE, Stage.BARE),
    every_config_of_the_tree_is_valid: ANYWHERE,
    what_is_no_config_cannot_be_merged: ANYWHERE,
    other_credentials_see_strangers: Span(Stage.INSTALLED, Stage.CONFIGURED),
    etcd_begins_with_one_call: Span(Stage.CONFIGURED, Stage.API),
    a_second_call_is_a_question: Span(Stage.INSTALLED, Stage.API),
    workers_have_no_etcd: Span(Stage.INSTALLED, Stage.CONFIGURED),
    a_kubeconfig_carries_the_vaults_ca: Span(Stage.INSTALLED, Stage.API),
    watchers_hear_of_a_machine: Span(Stage.BARE, Stage.TOUCHED),
}
