"""Whether an etcd cluster can serve, and who leads it."""

from __future__ import annotations

from rehearsal.world import World


def healthy(world: World, cluster_id: str) -> bool:
    """Whether a quorum of its voting members runs."""
    voters = [name for name, member in world.etcds[cluster_id]["members"].items() if not member["learner"]]
    return sum(world.machines[name].etcd_running for name in voters) * 2 > len(voters)


def leader(world: World, cluster_id: str) -> str:
    """Id of the leader; "" without quorum."""
    if not healthy(world, cluster_id):
        return ""
    members = world.etcds[cluster_id]["members"]
    return str(next(m["id"] for n, m in members.items() if world.machines[n].etcd_running and not m["learner"]))
