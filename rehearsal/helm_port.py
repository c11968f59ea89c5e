"""Helm in the rehearsal: releases of the bootstrap helmfiles. A sync is the client's work: killed, it leaves a mark."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from estate.charts import ReleaseStatus
from estate.kubernetes import Kind, Manifest, ObjectRef
from rehearsal import chart_objects, definitions, objects, workloads
from rehearsal.chart_catalog import Chart, chart_of
from rehearsal.kubeconfig import ca_of
from rehearsal.live import Live
from rehearsal.world import World
from tree.release import Release


class RehearsalHelm:
    def __init__(self, live: Live) -> None:
        self._live = live

    async def connect(self, kubeconfig: Secret) -> RehearsalCharts:
        return RehearsalCharts(self._live, ca_of(kubeconfig))


class RehearsalCharts:
    def __init__(self, live: Live, ca: str) -> None:
        self._live, self._ca = live, ca

    async def crds(self, release: Release) -> tuple[Manifest, ...]:
        self._live.arrive()
        self._registry_answers(release)
        return _definitions(chart_of(release.chart, release.name).definitions)

    async def status(self, release: Release) -> ReleaseStatus:
        self._live.arrive()
        self._api_answers()
        record = self._live.world.releases.get(_key(release))
        return _status(record) if record else ReleaseStatus()

    async def sync(self, release: Release) -> None:
        lost = self._live.call("sync", release.name)
        self._registry_answers(release)
        self._api_answers()
        world, chart = self._live.world, chart_of(release.chart, release.name)
        before = world.releases.get(_key(release))
        _kinds_are_served(world, chart)
        _refuse_sync(world, release, before)
        record = _begin(world, release, before, self._ca)
        self._live.commit()
        await self._live.clock.sleep(world.latency(f"sync/{release.name}", 1, 4))
        self._live.arrive()
        self._api_answers()
        record["applied"] = _install(world, release, chart, upgrade=before is not None)
        record["status"] = "deployed"
        world.changed[f"helm:{_key(release)}"] = None
        self._live.answer("sync", release.name, lost)

    async def repair(self, release: Release) -> str:
        lost = self._live.call("repair", release.name)
        self._api_answers()
        world, key = self._live.world, _key(release)
        record = world.releases.get(key)
        if record is None or not record["status"].startswith("pending-"):
            return f"release {release.name} needed no repair"
        world.effect("helm-repair", key, self._ca, record["status"], record["version"])
        world.changed[f"helm:{key}"] = None
        if record["previous"] is None:
            del world.releases[key]
            done = f"removed the unfinished first revision of {release.name}"
        else:
            world.releases[key] = record["previous"]
            done = f"rolled {release.name} back to revision {record['previous']['revision']}"
        self._live.answer("repair", release.name, lost)
        return done

    def changes(self, release: Release) -> AsyncIterator[object]:
        return self._live.changes([f"helm:{_key(release)}"])

    def _api_answers(self) -> None:
        if not self._live.world.api_up:
            raise Transient("Kubernetes cluster unreachable: connection refused")

    def _registry_answers(self, release: Release) -> None:
        if self._live.world.registry_down_until > self._live.world.now:
            raise Transient(f"{release.chart} cannot be pulled: the registry does not answer")


def _key(release: Release) -> str:
    return f"{release.namespace}/{release.name}"


@lru_cache(maxsize=64)
def _definitions(specs: tuple[str, ...]) -> tuple[Manifest, ...]:
    return tuple(definitions.manifest(spec) for spec in specs)


def _status(record: Mapping[str, Any]) -> ReleaseStatus:
    applied = tuple(_ref(*parts) for parts in record["applied"])
    return ReleaseStatus(record["status"], record["version"], record["revision"], applied)


@lru_cache(maxsize=1024)
def _ref(kind: str, name: str, namespace: str | None) -> ObjectRef:
    return ObjectRef(Kind(*objects.split_kind(kind)), name, namespace)


def _kinds_are_served(world: World, chart: Chart) -> None:
    """Helm maps every object to a kind before it writes anything, its own record included; a kind may come yet."""
    for kind in chart.of_kinds:
        if not objects.served(world, kind):
            raise Transient(f'no matches for kind "{kind.rpartition("/")[2]}": ensure CRDs are installed first')


def _refuse_sync(world: World, release: Release, record: Mapping[str, Any] | None) -> None:
    if objects.find(world, objects.NAMESPACE, release.namespace) is None:
        raise Permanent(f'namespaces "{release.namespace}" not found', "apply the namespace first")
    if record and record["status"].startswith("pending-"):
        raise Permanent(
            "another operation (install/upgrade/rollback) is in progress", f"clear the unfinished {release.name} first"
        )
    if record and version_key(record["version"]) > version_key(release.version):
        raise Permanent(f"{release.name} is {record['version']}: a version is never lowered", "bring the tree up to it")


def version_key(version: str) -> tuple[int, ...]:
    """Chart versions in order; what is no number counts nothing."""
    core = version.lstrip("v").partition("-")[0].partition("+")[0]
    return tuple(int(part) for part in core.split(".") if part.isdigit())


def _begin(world: World, release: Release, before: dict[str, Any] | None, by: str) -> dict[str, Any]:
    key = _key(release)
    record = {
        "status": "pending-upgrade" if before else "pending-install",
        "version": release.version,
        "revision": before["revision"] + 1 if before else 1,
        "applied": before["applied"] if before else [],
        "owner": before.get("owner", "") if before else "",
        "previous": {**before, "previous": None} if before else None,
    }
    world.releases[key] = record
    was = before["version"] if before else "absent"
    world.effect("helm-sync", key, by, was, release.version, owner=record["owner"])
    world.changed[f"helm:{key}"] = None
    return record


def _install(world: World, release: Release, chart: Chart, *, upgrade: bool) -> list[list[str | None]]:
    labels = {
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/instance": release.name,
        "helm.sh/chart": f"{release.name}-{release.version}",
    }
    applied: list[list[str | None]] = []
    for spec in chart.definitions if chart.brings else ():
        definitions.install(world, spec)
    for workload in chart.workloads:
        found = objects.find(world, workload.kind, f"{release.namespace}/{workload.name}")
        if found is None:
            workloads.create(world, release.namespace, workload, labels)
        elif upgrade and found["metadata"]["labels"].get("helm.sh/chart") != labels["helm.sh/chart"]:
            found["metadata"]["labels"] |= labels
            workloads.upgrade(world, release.namespace, workload)
        applied.append([workload.kind, workload.name, release.namespace])
    if chart.extra:
        applied += chart_objects.EXTRA[chart.extra](world, release.namespace)
    return applied
