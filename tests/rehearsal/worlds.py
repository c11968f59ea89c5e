"""Worlds at the moments that tests begin from, and one way to use their ports in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from estate.charts import Charts
from estate.estate import Estate
from estate.kubernetes import Kubernetes
from estate.machines import Machines
from inventory.load import load_cluster
from inventory.model import Cluster, Node
from rehearsal.canonical import settle
from rehearsal.estate import estate_of
from rehearsal.virtual_time import VirtualClock, run_virtual
from rehearsal.world import World
from rehearsal.world_json import from_json, to_json
from steps.resources import manifests
from steps.site import Site
from tree.read import read_tree
from tree.release import Release
from tree.tree import Tree

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
Work = Callable[[Site], Coroutine[Any, Any, T]]


@cache
def cluster_of(name: str = "main") -> Cluster:
    return load_cluster(name, ROOT)


@cache
def tree_of(name: str = "main") -> Tree:
    return read_tree(cluster_of(name), ROOT)


def node_of(name: str) -> Node:
    return next(node for node in cluster_of().nodes if node.name == name)


def release_of(name: str) -> Release:
    return next(release for release in tree_of().releases if release.name == name)


def do(world: World, work: Work[T], **how: Any) -> T:
    """Run `work` on the ports of a world of main, from the world's moment on. how: as for estate_of."""

    async def main() -> T:
        estate: Estate = estate_of(world, VirtualClock(), **how)
        return await work(Site(cluster_of(world.cluster), tree_of(world.cluster), estate))

    return run_virtual(main, world.now)


def bare(seed: int = 1, name: str = "main") -> World:
    """All machines in maintenance mode."""
    return World.bare(cluster_of(name), tree_of(name), seed)


def configured(seed: int = 1) -> World:
    """Every machine has its config and waits: workers run, control planes boot, for there is no etcd."""
    return from_json(_configured(seed))


def with_api(seed: int = 1) -> World:
    """etcd has its three members, the API answers, all nodes are registered; the operator has a kubeconfig."""
    return from_json(_with_api(seed))


def with_releases(*names: str, seed: int = 1) -> World:
    """Namespaces, seeds and definitions are applied, and these releases are synced, one after the other."""
    return from_json(_with_releases(names, seed))


def everything(seed: int = 1) -> World:
    """All of the tree's releases, and Flux has reconciled all apps."""
    return with_releases(*(release.name for release in tree_of().releases), seed=seed)


@cache
def _configured(seed: int) -> str:
    world = bare(seed)
    do(world, apply_all)
    settle(world)
    return to_json(world)


@cache
def _with_api(seed: int) -> str:
    world = configured(seed)
    do(world, begin_etcd)
    settle(world)
    do(world, fetch_kubeconfig)
    return to_json(world)


@cache
def _with_releases(names: tuple[str, ...], seed: int) -> str:
    if not names:
        world = with_api(seed)
        do(world, apply_resources)
        do(world, apply_definitions)
        settle(world)
        return to_json(world)
    world = from_json(_with_releases(names[:-1], seed))
    do(world, lambda site: sync(site, names[-1]))
    settle(world)
    return to_json(world)


async def apply_all(site: Site) -> None:
    machines = await site.machines()
    for node in site.nodes:
        await machines.apply(node, await site.machine_config(node))


async def begin_etcd(site: Site, name: str = "k8s-1") -> None:
    await (await site.machines()).bootstrap_etcd(site.node(name))


async def fetch_kubeconfig(site: Site) -> None:
    kubeconfig = await (await site.machines()).kubeconfig(site.node("k8s-1"))
    await site.estate.workstation.write_private(site.cluster.files.kubeconfig, kubeconfig)


async def apply_resources(site: Site) -> None:
    kubernetes = await site.kubernetes()
    for manifest in await manifests(site):
        await kubernetes.apply(manifest)


async def apply_definitions(site: Site) -> None:
    kubernetes = await site.kubernetes()
    for release in site.tree.crds:
        for definition in await site.crds(release.name):
            await kubernetes.apply(definition, force=True)


async def sync(site: Site, release: str) -> None:
    await (await site.charts()).sync(next(r for r in site.tree.releases if r.name == release))


def on_machines(world: World, work: Callable[[Machines], Coroutine[Any, Any, T]], **how: Any) -> T:
    async def main(site: Site) -> T:
        return await work(await site.machines())

    return do(world, main, **how)


def on_kubernetes(world: World, work: Callable[[Kubernetes], Coroutine[Any, Any, T]], **how: Any) -> T:
    async def main(site: Site) -> T:
        return await work(await site.kubernetes())

    return do(world, main, **how)


def on_charts(world: World, work: Callable[[Charts], Coroutine[Any, Any, T]], **how: Any) -> T:
    async def main(site: Site) -> T:
        return await work(await site.charts())

    return do(world, main, **how)
