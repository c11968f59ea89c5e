"""The machines of the rehearsal, as seen with one set of client credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from difflib import unified_diff
from functools import lru_cache

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from estate.machines import Disk, Etcd, Machine, Member, State
from inventory.model import Node
from rehearsal import machine_config, machine_life
from rehearsal.etcd_life import bootstrap_accepted
from rehearsal.kubeconfig import kubeconfig
from rehearsal.live import Live
from rehearsal.machine_record import ANSWERS_INSECURE, ANSWERS_OURS, MachineRecord
from rehearsal.quorum import leader
from rehearsal.vault import Vault

_disk = lru_cache(maxsize=1024)(Disk)  # a machine is looked at a hundred times, and its disks stay


class RehearsalMachines:
    """client_ca: fingerprint of the CA that our credentials belong to; a machine that trusts another is foreign."""

    def __init__(self, live: Live, vault: Vault, client_ca: str) -> None:
        self._live, self._vault, self._client_ca = live, vault, client_ca

    async def look(self, node: Node) -> Machine:
        self._live.arrive()
        machine = self._live.world.machines[node.name]
        if machine.phase in ANSWERS_INSECURE:
            return _machine(machine, State.MAINTENANCE, stage=machine.phase)
        if machine.phase not in ANSWERS_OURS:
            return Machine(State.ABSENT)
        if self._is_foreign(machine):
            return Machine(State.FOREIGN)
        unmet = machine_life.unmet(machine)
        state = State.RUNNING if machine.phase == "running" else State.BOOTING
        return _machine(machine, state, stage=machine.phase, ready=not unmet, unmet=unmet)

    def changes(self, nodes: Sequence[Node]) -> AsyncIterator[object]:
        return self._live.changes([f"machine:{node.name}" for node in nodes])

    async def difference(self, node: Node, config: Secret) -> str:
        self._live.arrive()
        machine = self._live.world.machines[node.name]
        if machine.phase not in ANSWERS_INSECURE:
            self._authenticate(machine)
        if machine.digest == machine_config.facts(config.reveal()).digest:
            return ""
        wanted = self._vault.veiled(config.reveal())
        return "\n".join(unified_diff(machine.config.splitlines(), wanted.splitlines(), "applied", "wanted", "", "", 1))

    async def apply(self, node: Node, config: Secret) -> None:
        lost = self._live.call("apply", node.name)
        machine = self._live.world.machines[node.name]
        if machine.phase not in ANSWERS_INSECURE:
            self._authenticate(machine)
        complaints = machine_config.complaints(config.reveal())
        if complaints:
            raise Permanent(f"{node.name} refuses the machine config: {'; '.join(complaints)}", "mend the template")
        if machine.phase == "installing":
            raise Transient(f"{node.name} installs Talos already: FailedPrecondition")
        self._accept(machine, config.reveal())
        await self._live.clock.sleep(0.5)
        self._live.answer("apply", node.name, lost)

    def _accept(self, machine: MachineRecord, config: str) -> None:
        world, facts = self._live.world, machine_config.facts(config)
        world.effect(
            "apply-config",
            machine.name,
            self._client_ca,
            machine.phase,
            facts.digest,
            macs=list(machine.macs),
            holds=machine.disks[0]["content"],
            had=machine.digest,
            pki=[facts.cluster_id, facts.talos_ca, facts.cluster_ca],
        )
        bare = machine.phase == "maintenance"
        machine.kind, machine.hostname, machine.digest = facts.kind, facts.hostname, facts.digest
        machine.cluster_id, machine.cluster_ca, machine.talos_ca = facts.cluster_id, facts.cluster_ca, facts.talos_ca
        machine.config = self._vault.veiled(config)
        if bare:
            machine_life.begin_install(world, machine)
        machine_life.say(world, machine)
        self._live.commit()

    async def bootstrap_etcd(self, node: Node) -> None:
        """Answers by siderolabs/talos, internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go, Bootstrap."""
        lost = self._live.call("bootstrap", node.name)
        world, machine = self._live.world, self._live.world.machines[node.name]
        self._authenticate(machine)
        _refuse_bootstrap(machine)
        world.effect("bootstrap-etcd", machine.name, self._client_ca, machine.phase, macs=list(machine.macs))
        bootstrap_accepted(world, machine)
        self._live.commit()
        await self._live.clock.sleep(0.5)
        self._live.answer("bootstrap", node.name, lost)

    async def etcd(self, node: Node) -> Etcd:
        self._live.arrive()
        world, machine = self._live.world, self._live.world.machines[node.name]
        self._authenticate(machine)
        if not machine.control_plane:
            raise Permanent(f"{node.name} runs no etcd: it is a {machine.kind}", "correct its role in the inventory")
        if not machine.etcd_running:
            return Etcd(running=False)
        members = world.etcds[machine.etcd]["members"].items()
        seen = tuple(Member(m["id"], world.machines[n].hostname or n, m["address"], m["learner"]) for n, m in members)
        return Etcd(True, machine.etcd, seen, leader(world, machine.etcd))

    async def kubeconfig(self, node: Node) -> Secret:
        lost = self._live.call("kubeconfig", node.name)
        machine = self._live.world.machines[node.name]
        self._authenticate(machine)
        if not machine.control_plane:
            raise Permanent(f"{node.name} hands out no kubeconfig: it is a {machine.kind}", "ask a control plane")
        facts = machine_config.facts(self._vault.shown(machine.config))
        found = kubeconfig(self._live.world.cluster, self._live.world.endpoint, facts.cluster_ca_certificate)
        self._live.answer("kubeconfig", node.name, lost)
        return Secret(found)

    def _is_foreign(self, machine: MachineRecord) -> bool:
        return machine.talos_ca != self._client_ca

    def _authenticate(self, machine: MachineRecord) -> None:
        where = f"{machine.name} ({machine.address})"
        if machine.phase in ANSWERS_INSECURE:
            raise Transient(f"{where} is in maintenance mode: the API is not available there")
        if machine.phase not in ANSWERS_OURS:
            raise Transient(f"{where} does not answer: connection refused")
        if self._is_foreign(machine):
            raise Refused(
                f"{where} trusts another CA than the vault's: x509: certificate signed by unknown authority",
                "it belongs to another cluster: see what stands at that address",
            )


def _refuse_bootstrap(machine: MachineRecord) -> None:
    if not machine.control_plane:
        raise Permanent(f"{machine.name}: only available on control plane nodes", "correct its role in the inventory")
    if not machine.runtime:
        raise Transient(f"{machine.name}: bootstrap is not available yet")
    if not machine.time_synced:
        raise Transient(f"{machine.name}: time is not in sync yet", 5.0)
    if machine.etcd:
        raise Transient(f"{machine.name}: etcd data directory is not empty: ask it for members, do not trust")


def _machine(
    machine: MachineRecord, state: State, stage: str, ready: bool = False, unmet: tuple[str, ...] = ()
) -> Machine:
    return Machine(
        state=state,
        macs=tuple(machine.macs),
        disks=tuple(_disk(**disk) for disk in machine.disks),
        talos_version=machine.talos_version,
        stage=stage,
        ready=ready,
        unmet=unmet,
        hostname=machine.hostname,
        holds_etcd=bool(machine.etcd),
        time_synced=machine.time_synced,
    )
