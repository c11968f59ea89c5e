"""Helm in the simulated cluster: releases, their records, and what a killed sync leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bootstrap.errors import Permanent, Transient
from estate.charts import Charts, ReleaseStatus
from estate.kubernetes import Kind, Manifest
from rehearsal.canonical import settle
from rehearsal.chart_catalog import CATALOG, chart_of
from rehearsal.faults import Fault, inject
from rehearsal.helm_port import version_key
from rehearsal.transitions import run_until
from rehearsal.world import World
from steps.site import Site
from tests.rehearsal.worlds import do, on_charts, release_of, tree_of, with_api, with_releases
from tree.release import Release

CILIUM = release_of("cilium")


def status(world: World, release: Release = CILIUM) -> ReleaseStatus:
    return on_charts(world, lambda charts: charts.status(release))


def sync(world: World, release: Release = CILIUM) -> None:
    on_charts(world, lambda charts: charts.sync(release))


def killed_sync(world: World, release: Release = CILIUM) -> None:
    """A sync whose process is ended in the middle."""

    async def work(charts: Charts) -> None:
        task = asyncio.create_task(charts.sync(release))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    on_charts(world, work)


def test_what_was_never_synced_has_no_status() -> None:
    """No record, no version, no revision."""
    assert status(with_releases()) == ReleaseStatus()


def test_a_sync_leaves_a_deployed_release() -> None:
    """Status, version and objects are those of the chart; the objects exist."""
    world = with_releases()
    sync(world)
    found = status(world)
    assert (found.status, found.version, found.revision) == ("deployed", CILIUM.version, 1)
    assert {str(ref) for ref in found.applied} == {
        "DaemonSet kube-system/cilium",
        "Deployment kube-system/cilium-operator",
    }


@pytest.mark.parametrize("release", tree_of().releases, ids=lambda release: release.name)
def test_every_release_of_the_tree_becomes_ready(release: Release) -> None:
    """In the order of the helmfile, each brings workloads that come up by themselves."""
    names = [r.name for r in tree_of().releases]
    world = with_releases(*names[: names.index(release.name) + 1])
    for ref in status(world, release).applied:
        found = world.objects[f"{ref.kind.api_version}/{ref.kind.kind}"]
        obj = found[f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name]
        if ref.kind.kind == "DaemonSet":
            assert obj["status"]["numberReady"] == obj["status"]["desiredNumberScheduled"] == 6
        if ref.kind.kind == "Deployment":
            assert obj["status"]["readyReplicas"] == obj["spec"]["replicas"]


def test_a_chart_that_nobody_knows_brings_one_deployment() -> None:
    """Named as its release, and ready like any other."""
    world = with_releases("cilium")
    unknown = replace(CILIUM, name="mystery", namespace="system", chart="oci://example.org/charts/mystery")
    sync(world, unknown)
    settle(world)
    assert [str(ref) for ref in status(world, unknown).applied] == ["Deployment system/mystery"]
    assert world.objects["apps/v1/Deployment"]["system/mystery"]["status"]["readyReplicas"] == 1


def test_pods_without_host_network_wait_for_the_cni() -> None:
    """Without a network on any node CoreDNS stays unscheduled and Spegel unready, until Cilium runs."""
    world = with_releases("coredns", "spegel")
    for ref in ("apps/v1/Deployment kube-system/coredns", "apps/v1/DaemonSet system/spegel"):
        kind, name = ref.split(" ")
        counts = world.objects[kind][name]["status"]
        assert counts.get("readyReplicas", counts.get("numberReady")) == 0
    sync(world)
    settle(world)
    assert world.objects["apps/v1/Deployment"]["kube-system/coredns"]["status"]["readyReplicas"] == 2
    assert world.objects["apps/v1/DaemonSet"]["system/spegel"]["status"]["numberReady"] == 6


def test_a_sync_that_is_killed_leaves_a_pending_release() -> None:
    """The mark of a killed install stays, another sync is refused, and a repair clears it (failure 34)."""
    world = with_releases()
    killed_sync(world)
    assert status(world).status == "pending-install"
    with pytest.raises(Permanent, match="another operation"):
        sync(world)
    said = on_charts(world, lambda charts: charts.repair(CILIUM))
    assert "unfinished first revision" in said
    assert status(world) == ReleaseStatus()
    sync(world)
    assert status(world).status == "deployed"


def test_a_killed_upgrade_is_rolled_back() -> None:
    """The revision before it is there again."""
    world = with_releases("cilium")
    newer = replace(CILIUM, version="1.20.9")
    killed_sync(world, newer)
    assert status(world).status == "pending-upgrade"
    said = on_charts(world, lambda charts: charts.repair(newer))
    assert "rolled cilium back to revision 1" in said
    assert (status(world).status, status(world).version) == ("deployed", CILIUM.version)


def test_a_repair_of_a_sound_release_does_nothing() -> None:
    """It says so, and leaves no effect."""
    world = with_releases("cilium")
    effects = len(world.effects)
    assert "needed no repair" in on_charts(world, lambda charts: charts.repair(CILIUM))
    assert len(world.effects) == effects


def test_an_upgrade_rolls_out() -> None:
    """A newer chart is another revision; its workloads take a while, and are ready again."""
    world = with_releases("cilium")
    sync(world, replace(CILIUM, version="1.20.9"))
    assert (status(world).version, status(world).revision) == ("1.20.9", 2)
    daemon_set = world.objects["apps/v1/DaemonSet"]["kube-system/cilium"]
    assert daemon_set["status"]["observedGeneration"] < daemon_set["metadata"]["generation"]
    settle(world)
    assert daemon_set["status"]["observedGeneration"] == daemon_set["metadata"]["generation"] == 2


def test_a_version_is_never_lowered() -> None:
    """An older chart is refused, and the record stays."""
    world = with_releases("cilium")
    with pytest.raises(Permanent, match="never lowered"):
        sync(world, replace(CILIUM, version="1.20.0"))
    assert status(world).version == CILIUM.version


@pytest.mark.parametrize(
    ("one", "other"), [("1.20.0", "1.20.1"), ("v1.9.0", "v1.10.0"), ("0.7.4", "1.0.0"), ("1.2", "1.2.1")]
)
def test_versions_are_ordered_by_their_numbers(one: str, other: str) -> None:
    """With or without a v, by number and not by letter."""
    assert version_key(one) < version_key(other)


def test_a_release_needs_its_namespace() -> None:
    """Nothing creates it on the way (createNamespace: false)."""
    with pytest.raises(Permanent, match='namespaces "flux-system" not found'):
        sync(with_api(), release_of("flux-operator"))


def test_a_flux_instance_needs_its_definition() -> None:
    """Before the operator there is no such kind."""
    with pytest.raises(Transient, match='no matches for kind "FluxInstance"'):
        sync(with_releases("cilium"), release_of("flux-instance"))


def test_kinds_are_looked_at_before_the_namespace() -> None:
    """As Helm does, which maps all objects before it writes: without the definitions of monitoring it may come yet."""
    with pytest.raises(Transient, match='no matches for kind "ServiceMonitor"'):
        sync(with_api(), release_of("spegel"))


@pytest.mark.parametrize("kind", ["registry-down", "api-flaps"])
def test_an_outage_is_transient(kind: str) -> None:
    """Without registry or API there is no sync now, and no trace of one."""
    world = with_releases()
    inject(world, [Fault(kind, at=world.now + 1, for_s=60)])
    run_until(world, world.now + 2)

    async def work(site: Site) -> None:
        kubeconfig = await site.kubeconfig()
        charts = await site.estate.helm.connect(kubeconfig)
        with pytest.raises(Transient):
            await charts.sync(CILIUM)

    do(world, work)
    assert world.releases == {}


def test_definitions_of_a_release_are_nothing_but_definitions() -> None:
    """What 00-crds.yaml renders to: CustomResourceDefinitions, each once."""
    world = with_api()

    async def crds(site: Site) -> list[tuple[Manifest, ...]]:
        return [await (await site.charts()).crds(release) for release in tree_of().crds]

    for found in do(world, crds):
        assert {manifest["kind"] for manifest in found} == {"CustomResourceDefinition"}
        names = [manifest["metadata"]["name"] for manifest in found]
        assert len(names) == len(set(names)) > 0


def test_a_chart_without_definitions_has_none() -> None:
    """Nor has one that nobody knows."""
    world = with_api()
    assert on_charts(world, lambda charts: charts.crds(release_of("coredns"))) == ()
    assert chart_of("oci://example.org/unknown", "unknown").definitions == ()


def test_the_catalog_names_each_workload_once() -> None:
    """Two charts that bring the same workload would overwrite each other."""
    names = [workload.name for chart in CATALOG.values() for workload in chart.workloads]
    assert len(names) == len(set(names))


def test_watchers_hear_of_a_release() -> None:
    """A watch on a release yields when its record changes."""
    world = with_releases()

    async def work(charts: Charts) -> list[str]:
        seen: list[str] = []
        syncing = asyncio.create_task(charts.sync(CILIUM))
        async for _ in charts.changes(CILIUM):
            seen.append((await charts.status(CILIUM)).status)
            if seen[-1] == "deployed":
                break
        await syncing
        return seen

    assert on_charts(world, work)[-1] == "deployed"


def test_cert_managers_definitions_come_with_its_chart() -> None:
    """Certificate is served some seconds after the release is synced."""
    world = with_releases("cilium", "coredns", "spegel", "cert-manager")
    assert "cert-manager.io/v1/Certificate" in world.served
    assert Kind("cert-manager.io/v1", "Certificate").kind == "Certificate"
