"""The vault of the rehearsal, as a source of secrets."""

from __future__ import annotations

from collections.abc import Mapping

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from rehearsal.live import Live
from rehearsal.vault import Vault
from tree.reference import Reference


class RehearsalSecrets:
    def __init__(self, live: Live, vault: Vault) -> None:
        self._live, self._vault = live, vault

    async def check(self) -> str:
        self._live.arrive()
        return ""

    async def resolve(self, references: frozenset[Reference]) -> Mapping[Reference, Secret]:
        lost = self._live.call("resolve", "vault")
        world = self._live.world
        if lost or world.vault_away_until > world.now:
            raise Transient(f"the vault {world.vault} does not answer")
        found = {reference: self._vault.get(reference) for reference in sorted(references)}
        missing = [str(r) for r, value in found.items() if value is None or str(r) in world.vault_missing]
        if missing:
            raise Permanent(
                f"the vault has no value for {', '.join(missing)}", "add the items, or correct the references"
            )
        return {reference: value for reference, value in found.items() if value is not None}
