"""Faults that begin at a moment of the world: outages of what everybody shares, machines that die."""

from __future__ import annotations

from rehearsal.world import World


def registry_down(world: World, for_s: float) -> None:
    """No image and no chart can be pulled."""
    world.registry_down_until = max(world.registry_down_until, world.now + for_s)


def vault_away(world: World, for_s: float) -> None:
    """The secrets source does not answer."""
    world.vault_away_until = max(world.vault_away_until, world.now + for_s)


def lease_stolen(world: World) -> None:
    """Another operator takes the lease: who rehearses binds what that means (rehearsal.live)."""
    world.changed["lease"] = None
