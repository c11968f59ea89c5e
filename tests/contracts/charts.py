"""Contracts of the Helm port."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bootstrap.clock import Clock
from bootstrap.errors import Permanent
from estate.charts import Charts, ReleaseStatus
from steps.site import Site
from tests.contracts.bench import Contract
from tests.contracts.life import Span, Stage
from tests.contracts.raising import eventually, with_definitions, with_namespaces


async def _charts(site: Site, clock: Clock) -> Charts:
    await with_namespaces(site, clock)
    return await site.charts()


async def what_was_never_synced_has_no_status(site: Site, clock: Clock) -> None:
    """For every release of the tree, before anything is installed."""
    charts = await _charts(site, clock)
    for release in site.tree.releases:
        assert await charts.status(release) == ReleaseStatus()


async def a_sync_deploys_and_returns(site: Site, clock: Clock) -> None:
    """Without waiting for pods: the release is deployed in its version, and all that it lists exists."""
    charts, release = await _charts(site, clock), site.tree.releases[0]
    await charts.sync(release)
    status = await charts.status(release)
    assert (status.status, status.version) == ("deployed", release.version)
    assert status.revision >= 1
    assert status.applied
    kubernetes = await site.kubernetes()
    assert all([await kubernetes.get(ref) is not None for ref in status.applied])


async def the_same_sync_again_is_right(site: Site, clock: Clock) -> None:
    """Nothing is wrong with doing it twice."""
    charts, release = await _charts(site, clock), site.tree.releases[0]
    await charts.sync(release)
    await charts.sync(release)
    assert (await charts.status(release)).status == "deployed"


async def a_version_is_never_lowered(site: Site, clock: Clock) -> None:
    """An older chart over a newer one is permanent, and the newer one stays."""
    charts, release = await _charts(site, clock), site.tree.releases[0]
    await charts.sync(release)
    with pytest.raises(Permanent):
        await charts.sync(replace(release, version="0.0.1"))
    assert (await charts.status(release)).version == release.version


async def a_release_needs_its_namespace(site: Site, clock: Clock) -> None:
    """createNamespace is off. Helm looks at the kinds of a chart first: they are served."""
    await with_definitions(site, clock)
    charts = await site.charts()
    elsewhere = next(release for release in site.tree.releases if release.namespace != "kube-system")
    with pytest.raises(Permanent):
        await charts.sync(elsewhere)


async def an_interrupted_sync_can_be_repaired(site: Site, clock: Clock) -> None:
    """Whatever it left, a repair and a sync make a deployed release of it."""
    charts, release = await _charts(site, clock), site.tree.releases[0]
    syncing = asyncio.create_task(charts.sync(release))
    await clock.sleep(0.5)
    syncing.cancel()
    await asyncio.gather(syncing, return_exceptions=True)
    if (await charts.status(release)).status.startswith("pending-"):
        assert await charts.repair(release)
    await charts.sync(release)
    assert (await charts.status(release)).status == "deployed"


async def definitions_are_rendered_alone(site: Site, clock: Clock) -> None:
    """Of every release of the first helmfile: CustomResourceDefinitions and nothing else, each once."""
    charts = await _charts(site, clock)
    for release in site.tree.crds:
        found = await charts.crds(release)
        assert {manifest["kind"] for manifest in found} == {"CustomResourceDefinition"}
        assert len({manifest["metadata"]["name"] for manifest in found}) == len(found)


async def watchers_hear_of_a_release(site: Site, clock: Clock) -> None:
    """A watch yields while it is installed."""
    charts, release = await _charts(site, clock), site.tree.releases[0]
    heard = asyncio.Event()

    async def watch() -> None:
        async for _ in charts.changes(release):
            heard.set()

    watching = asyncio.create_task(watch())
    await clock.sleep(1)
    await charts.sync(release)
    async with asyncio.timeout(120):
        await heard.wait()
    watching.cancel()


async def all_of_a_daemon_set_comes_up(site: Site, clock: Clock) -> None:
    """Cilium first: then its DaemonSet has a ready pod on every node of the plan."""
    charts = await _charts(site, clock)
    release = next(release for release in site.tree.releases if release.name == "cilium")
    await charts.sync(release)
    kubernetes = await site.kubernetes()
    ref = next(ref for ref in (await charts.status(release)).applied if ref.kind.kind == "DaemonSet")
    wanted = len(site.nodes)
    await eventually(
        clock, lambda: kubernetes.get(ref), lambda o: o is not None and o["status"].get("numberReady") == wanted
    )


CONTRACTS: dict[Contract, Span] = {
    what_was_never_synced_has_no_status: Span(Stage.SEEDED, Stage.SEEDED),
    a_sync_deploys_and_returns: Span(Stage.INSTALLED, Stage.INSTALLED),
    the_same_sync_again_is_right: Span(Stage.INSTALLED, Stage.INSTALLED),
    a_version_is_never_lowered: Span(Stage.INSTALLED, Stage.INSTALLED),
    a_release_needs_its_namespace: Span(Stage.API, Stage.API),
    an_interrupted_sync_can_be_repaired: Span(Stage.INSTALLED, Stage.INSTALLED),
    definitions_are_rendered_alone: Span(Stage.INSTALLED, Stage.SEEDED),
    watchers_hear_of_a_release: Span(Stage.INSTALLED, Stage.INSTALLED),
    all_of_a_daemon_set_comes_up: Span(Stage.INSTALLED, Stage.INSTALLED),
}
