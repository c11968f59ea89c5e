"""Secrets: op:// references in, secret values out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bootstrap.secret import Secret
from tree.reference import Reference


class SecretSource(Protocol):
    async def check(self) -> str:
        """ "" when the source can be used, else a sentence (not signed in, not reachable, not installed)."""

    async def resolve(self, references: frozenset[Reference]) -> Mapping[Reference, Secret]:
        """All at once. Raises Permanent naming every reference without a value, Transient when the source is away."""
