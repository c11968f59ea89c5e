"""Vaults for tests: one with a real PKI for main, and small ones of given values."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from bootstrap.secret import Secret
from inventory.load import load_cluster
from inventory.model import Cluster
from lab.services.vault import Vault
from tests.lab.services.tools import program
from tree.read import read_tree
from tree.reference import Reference, parsed
from tree.tree import Tree

ROOT = Path(__file__).parents[3]
T = TypeVar("T")


@cache
def cluster_of(name: str) -> Cluster:
    return load_cluster(name, ROOT)


@cache
def tree_of(name: str) -> Tree:
    return read_tree(cluster_of(name), ROOT)


@cache
def vault_of(name: str) -> Vault:
    """Generated once a session. Ends the test as not run without talosctl."""
    return do(Vault.generate(cluster_of(name), tree_of(name), ROOT, program("talosctl")))


def small(token: str = "token", **values: str) -> Vault:
    """Values by the last parts of their references, `item__field` or `item__section__field`, in the vault homelab."""
    return Vault({parsed(f"op://homelab/{name.replace('__', '/')}"): value for name, value in values.items()}, token)


def wanted(name: str) -> frozenset[Reference]:
    """What a run resolves: references of the tree and of the identity."""
    identity = cluster_of(name).identity
    pki = map(parsed, (identity.cluster_id, identity.talos_ca, identity.kubernetes_ca))
    return frozenset(tree_of(name).references) | frozenset(pki)


def revealed(found: Mapping[Reference, Secret]) -> dict[Reference, str]:
    return {reference: secret.reveal() for reference, secret in found.items()}


def do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 100))
