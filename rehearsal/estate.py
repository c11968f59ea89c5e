"""The rehearsal's estate: all ports on one simulated world."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bootstrap.clock import Clock
from estate.estate import Estate
from rehearsal.git_port import RehearsalGit
from rehearsal.helm_port import RehearsalHelm
from rehearsal.kubernetes_port import RehearsalKubernetesApi
from rehearsal.live import Live, Save
from rehearsal.secrets_port import RehearsalSecrets
from rehearsal.talos_port import RehearsalTalos
from rehearsal.vault import Vault
from rehearsal.workstation_port import Confirm, RehearsalWorkstation
from rehearsal.world import World
from tree.reference import Reference


def estate_of(
    world: World,
    clock: Clock,
    *,
    confirm: Confirm | bool = False,
    secrets: Mapping[Reference, str] | None = None,
    save: Save | None = None,
    on_lease_stolen: Callable[[], None] | None = None,
) -> Estate:
    """Ports on a world whose time follows `clock`, from where the world stands.

    confirm: the operator's answer when something would be destroyed. secrets: values in place of the vault's made-up
    ones. save: keeps the world (rehearsal.world_file), called before any client sees a change.
    """
    live = Live(world, clock, save, on_lease_stolen)
    vault = Vault(world, secrets)
    return Estate(
        name="rehearsal",
        talos=RehearsalTalos(live, vault),
        kubernetes=RehearsalKubernetesApi(live, vault),
        helm=RehearsalHelm(live),
        git=RehearsalGit(live),
        secrets=RehearsalSecrets(live, vault),
        workstation=RehearsalWorkstation(live, vault, confirm),
    )
