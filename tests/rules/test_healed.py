"""Worlds that failed and were mended: the same command goes on, to the state of a world in which nothing happened."""

from __future__ import annotations

from random import Random

import pytest

from inventory.model import Cluster
from rehearsal import transitions
from rehearsal.faults import Fault
from rehearsal.world import World
from tests.rules.whole import cluster_of, finished, play

WANTED, CHUNK = 200, 20
LONG_S = 4000.0


def passing(seed: int, cluster: Cluster) -> tuple[Fault, ...]:
    """One or two faults that outlast a run's patience and can be mended, and perhaps a lost call."""
    rng = Random(f"healed/{seed}")
    found = [_fault(rng, cluster) for _ in range(rng.randint(1, 2))]
    if rng.random() < 0.5:
        call = rng.choice(("apply", "bootstrap", "kubeconfig", "kubernetes-apply", "sync", "write"))
        found.append(Fault(rng.choice(("lost-before", "lost-after")), call=call, nth=rng.randint(1, 3)))
    return tuple(found)


def _fault(rng: Random, cluster: Cluster) -> Fault:
    node, at = rng.choice(cluster.nodes).name, float(rng.randint(1, 450))
    kind = rng.choice(("node-dies", "node-dies", "failing-pull", "api-flaps", "registry-down", "vault-away"))
    if kind == "node-dies":
        return Fault(kind, node, at=at)
    if kind == "failing-pull":
        return Fault(kind, rng.choice((node, "cilium", "coredns", "cert-manager", "flux")), at=at)
    return Fault(kind, at=at, for_s=LONG_S)


def mend(world: World) -> None:
    """Time passes until the outages are over, images can be pulled again, and every machine is powered on."""
    world.faults = [fault for fault in world.faults if fault["kind"] != "failing-pull"]
    transitions.run_until(world, world.now + LONG_S)
    for machine in world.machines.values():
        if machine.phase == "off":
            installed = machine.configured and machine.disks[0]["content"] == "talos"
            resume = "machine_booting" if installed else "machine_maintenance"
            transitions.happen(world, resume, (machine.name, machine.life))


@pytest.mark.parametrize("chunk", range(WANTED // CHUNK))
def test_healed_worlds_end_as_if_nothing_had_happened(chunk: int) -> None:
    """Twenty seeds whose first run failed (exit code 1): mended, the second run is done, and the state is the same."""
    found, seed = 0, chunk * 1000
    while found < CHUNK:
        seed += 1
        assert seed < chunk * 1000 + 10 * CHUNK, "too few seeds fail: nothing is shown"
        scene = play(*passing(seed, cluster_of()), seed=seed)
        first = scene.run(seed=seed)
        assert first.violations == (), seed
        if first.code != 1:
            continue
        found += 1
        mend(scene.world)
        second = scene.run(agrees=True, seed=seed)
        assert (second.code, second.violations) == (0, ()), f"seed {seed}: {second.failed or second.refused}"
        assert scene.state() == finished(seed=seed).state(), f"seed {seed}"
