"""Talos in the rehearsal: machine configs, and connections to the machines."""

from __future__ import annotations

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from rehearsal import machine_config
from rehearsal.live import Live
from rehearsal.machines_port import RehearsalMachines
from rehearsal.vault import Vault


class RehearsalTalos:
    def __init__(self, live: Live, vault: Vault) -> None:
        self._live, self._vault = live, vault

    async def merge(self, base: Secret, patch: Secret) -> Secret:
        try:
            return Secret(machine_config.merged(base.reveal(), patch.reveal()))
        except ValueError as error:
            raise Permanent(str(error), "mend the template of the machine config or of the node's patch") from None

    async def validate(self, config: Secret) -> tuple[str, ...]:
        return machine_config.complaints(config.reveal())

    async def connect(self, talosconfig: Secret) -> RehearsalMachines:
        try:
            client_ca = machine_config.client_ca(talosconfig.reveal())
        except ValueError as error:
            raise Permanent(str(error), "mend talosconfig.j2") from None
        return RehearsalMachines(self._live, self._vault, client_ca)
