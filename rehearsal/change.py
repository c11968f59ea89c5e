"""What others do to a world between two runs: upgrades, a new commit, a reset. Plain functions for tests and shows."""

from __future__ import annotations

from inventory.model import Cluster
from rehearsal import objects
from rehearsal.flux_life import ROOT, SOURCE
from rehearsal.machine_record import bare_machine
from rehearsal.repository import repository_of
from rehearsal.world import World
from tree.tree import Tree


def upgraded(world: World, talos: str, kubernetes: str) -> World:
    """Every configured machine was upgraded, as system-upgrade-controller does it: images in its config, what runs."""
    for machine in world.machines.values():
        if not machine.configured:
            continue
        machine.talos_version = talos
        machine.extra["kubernetes"] = kubernetes
        machine.config = machine.config.replace(f":{world.talos_version}", f":{talos}").replace(
            f":{world.kubernetes_version}", f":{kubernetes}"
        )
        machine.digest = f"upgraded-{talos}-{kubernetes}-{machine.digest[:32]}"
        node = objects.find(world, objects.NODE, machine.name)
        if node is not None:
            node["status"]["nodeInfo"]["kubeletVersion"] = kubernetes
            objects.touch(world, objects.NODE, node)
        world.changed[f"machine:{machine.name}"] = None
    return world


def pushed(world: World, cluster: Cluster, tree: Tree) -> World:
    """The tree is the remote's head now. Flux fetches it at its next interval (here within a minute)."""
    old, new = world.repository, repository_of(cluster, tree)
    if new.commit != old.commit:
        new.older = [*old.older, old.commit]
        for name in [name for name in world.objects.get(SOURCE, {}) if name.endswith(f"/{ROOT}")]:
            world.schedule(world.latency(f"interval/{new.commit}", 5, 60), "source_fetched", name.partition("/")[0])
    world.repository = new
    return world


def reset(world: World, cluster: Cluster) -> World:
    """Every machine was wiped and booted the installer image: the next bootstrap opens a generation."""
    world.machines = {node.name: bare_machine(node, world.talos_version) for node in cluster.nodes}
    world.resets += 1
    world.queue.clear()
    for store in (world.etcds, world.objects, world.applied, world.served, world.releases, world.flux_waits):
        store.clear()
    world.pending_definitions.clear()
    world.vip_up = world.api_up = False
    for name in world.machines:
        world.changed[f"machine:{name}"] = None
    return world
