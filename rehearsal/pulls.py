"""Image pulls: how long they take, and when they fail."""

from __future__ import annotations

from rehearsal.world import World

RETRY_S = 10.0
"""How long the kubelet backs off before it pulls again."""


def pull(world: World, node: str, image: str) -> tuple[float, bool]:
    """(seconds, fails) of one pull that begins now."""
    delay = world.latency(f"pull/{node}/{image}", 2, 14)
    for fault in world.faults:
        if fault["kind"] in ("slow-pull", "failing-pull") and _meant(world, fault, node, image):
            if fault["kind"] == "failing-pull":
                return RETRY_S, True
            delay += fault["for_s"] or 0.0
    return (RETRY_S, True) if world.registry_down_until > world.now else (delay, False)


def _meant(world: World, fault: dict[str, object], node: str, image: str) -> bool:
    where, at, for_s = str(fault["where"]), fault["at"], fault["for_s"]
    if where not in ("", node) and where not in image:
        return False
    if fault["kind"] == "slow-pull":
        return True
    begin = float(at) if isinstance(at, int | float) else 0.0
    return world.now >= begin and (not isinstance(for_s, int | float) or world.now < begin + for_s)
