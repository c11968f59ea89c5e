"""How contracts get a cluster out of bare machines by the ports alone, and how they wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from bootstrap.clock import Clock
from bootstrap.errors import Permanent, Refused, Transient
from estate.kubernetes import Kind, Kubernetes, Manifest
from estate.machines import Etcd, Machines, State
from inventory.model import Node
from steps.kinds import NODE
from steps.resources import manifests
from steps.site import Site

T = TypeVar("T")
PATIENCE_S = 900.0


async def eventually(clock: Clock, ask: Callable[[], Awaitable[T]], good: Callable[[T], bool]) -> T:
    """Ask every second until the answer is good; Transient is an answer that is not. Fails after PATIENCE_S."""
    end, last = clock.now() + PATIENCE_S, "nothing"
    while clock.now() < end:
        try:
            answer = await ask()
            if good(answer):
                return answer
            last = str(answer)
        except Transient as error:
            last = error.sentence
        await clock.sleep(1)
    raise AssertionError(f"not within {PATIENCE_S:g} s; last seen: {last}")


async def configured(site: Site, clock: Clock) -> None:
    """Every machine has taken its config and answers to our credentials. What is bare only gets one."""
    machines = await site.machines()
    for node in site.nodes:
        await patiently(clock, partial(_given_its_config, site, machines, node))
    for node in site.nodes:
        await eventually(clock, partial(machines.look, node), lambda m: m.state in (State.BOOTING, State.RUNNING))


async def _given_its_config(site: Site, machines: Machines, node: Node) -> None:
    if (await machines.look(node)).state is State.MAINTENANCE:
        await machines.apply(node, await site.machine_config(node))


async def with_etcd(site: Site, clock: Clock) -> None:
    """etcd has all of its members. Nothing is done where it has."""
    with suppress(Transient, Refused):
        if _complete(site, await (await site.machines()).etcd(site.control_planes[0])):
            return
    await configured(site, clock)
    await etcd_begun(site, clock)


async def etcd_begun(site: Site, clock: Clock) -> None:
    """Configured control planes have become members. Where there are members, nobody calls again."""
    machines, first = await site.machines(), site.control_planes[0]
    if not (await patiently(clock, lambda: machines.etcd(first))).members:
        await patiently(clock, lambda: machines.bootstrap_etcd(first))
    await eventually(clock, lambda: machines.etcd(first), partial(_complete, site))


def _complete(site: Site, view: Etcd) -> bool:
    return len(view.members) == len(site.control_planes) and not any(member.learner for member in view.members)


async def patiently(clock: Clock, call: Callable[[], Awaitable[T]]) -> T:
    """Make a call again while it is Transient."""
    return await eventually(clock, call, lambda _: True)


async def with_api(site: Site, clock: Clock) -> Kubernetes:
    """The API answers, all nodes are registered, and the operator has a kubeconfig. Nothing is done where it is so."""
    with suppress(Transient, Permanent):
        kubernetes = await site.kubernetes()
        if len(await kubernetes.list(NODE)) == len(site.nodes):
            return kubernetes
    await with_etcd(site, clock)
    machines, first = await site.machines(), site.control_planes[0]
    kubeconfig = await patiently(clock, lambda: machines.kubeconfig(first))
    await site.estate.workstation.write_private(site.cluster.files.kubeconfig, kubeconfig)
    kubernetes = await patiently(clock, site.kubernetes)
    await eventually(clock, lambda: kubernetes.list(NODE), lambda nodes: len(nodes) == len(site.nodes))
    return kubernetes


async def with_definitions(site: Site, clock: Clock) -> None:
    """Every definition of the tree's first helmfile is served."""
    kubernetes = await with_api(site, clock)
    definitions = [each for release in site.tree.crds for each in await site.crds(release.name)]
    for definition in definitions:
        await kubernetes.apply(definition, force=True)
    for definition in definitions:
        await eventually(clock, partial(kubernetes.serves, kind_of(definition)), bool)


def kind_of(definition: Manifest) -> Kind:
    """The kind that a CustomResourceDefinition defines, in its first version."""
    spec = definition["spec"]
    return Kind(f"{spec['group']}/{spec['versions'][0]['name']}", spec["names"]["kind"])


async def with_namespaces(site: Site, clock: Clock) -> Kubernetes:
    """Namespaces and seeds of the tree are applied."""
    kubernetes = await with_api(site, clock)
    for manifest in await manifests(site):
        await kubernetes.apply(manifest)
    return kubernetes
