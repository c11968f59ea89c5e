"""The lab's vault: a value for every reference of a cluster's tree and inventory, made anew for each lab.

The PKI is real, as `talosctl gen secrets` makes it; everything else has the shape of what it stands for, and opens
nothing. Values live in this process only.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inventory.model import Cluster
from lab.services.vault_pki import pki
from lab.services.vault_shapes import made_up
from lab.services.vault_wanted import wanted_by_stores
from tree.reference import Reference, parsed
from tree.tree import Tree

_OF_A_PKI = ("_CRT", "_CA_KEY")


@dataclass(frozen=True, slots=True)
class Vault:
    """values: by reference. connect_token: what a Connect server takes for this vault's bearer token."""

    values: Mapping[Reference, str] = field(repr=False)
    connect_token: str = field(repr=False)

    @staticmethod
    async def generate(cluster: Cluster, tree: Tree, root: Path, talosctl: Path) -> Vault:
        """Of one cluster. root: of the repository: ExternalSecrets of the tree's manifests are looked for below it.

        Raises RuntimeError when talosctl fails, or the tree wants a part of the PKI that it does not make.
        """
        identity = cluster.identity
        wanted = {*tree.references, *map(parsed, (identity.cluster_id, identity.talos_ca, identity.kubernetes_ca))}
        wanted |= wanted_by_stores(root / tree.path, cluster.secrets.vault)
        found = await pki(talosctl)
        values = {each: _value(each, found, cluster.name) for each in sorted(wanted)}
        return Vault(values, _connect_token(values))

    def get(self, reference: Reference) -> str | None:
        """The value; None when the vault has none."""
        return self.values.get(reference)


def _value(reference: Reference, found: Mapping[str, str], cluster: str) -> str:
    name = reference.field.upper()
    if name not in found and name.endswith(_OF_A_PKI):
        raise RuntimeError(f"{reference} looks like a part of the PKI that talosctl gen secrets does not make")
    return found.get(name) or made_up(reference, cluster)


def _connect_token(values: Mapping[Reference, str]) -> str:
    """The one that the tree gives to the secret store; without one there, any."""
    tokens: Iterable[str] = (
        value for reference, value in values.items()
        if "connect" in reference.item.lower() and reference.field.lower() == "token"
    )  # fmt: skip
    return next(iter(tokens), secrets.token_urlsafe(48))
