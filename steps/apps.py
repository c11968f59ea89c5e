"""secret_store_ready, critical_apps_ready, apps_settled, data_restored: what Flux brings, watched to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.kubernetes import Manifest, ObjectRef
from readiness import external_secrets, flux, volumes
from steps.kinds import CLAIM, KUSTOMIZATION, REPLICATION_DESTINATION, SECRET_STORE
from steps.site import Site

STORE = "onepassword-connect"


def secret_store_ready(site: Site, needs: tuple[str, ...]) -> Step:
    """Nearly every app waits for secrets: when the store does not work, this says so once instead of eighty times."""
    return Step(
        name="secret_store_ready",
        summary="The cluster itself can read secrets from 1Password.",
        needs=needs,
        gate=Gate(
            f"ClusterSecretStore {STORE} is Valid",
            lambda _: _store(site),
            changes=lambda: site.object_changes(SECRET_STORE),
        ),
        deadline_s=900.0,
        expected_s=60.0,
    )


async def _store(site: Site) -> Verdict:
    found = await (await site.kubernetes()).get(ObjectRef(SECRET_STORE, STORE))
    return external_secrets.store(found, name=STORE)


def critical_apps_ready(site: Site, needs: tuple[str, ...]) -> Step:
    """The apps that the inventory calls critical: without them the cluster is not back."""
    wanted = site.cluster.critical_apps
    return Step(
        name="critical_apps_ready",
        summary="Every critical app of the inventory is reconciled.",
        needs=needs,
        gate=Gate(
            "every critical app's Kustomization is Ready",
            lambda _: _apps(site, wanted),
            changes=lambda: site.object_changes(KUSTOMIZATION),
            grace_s=300.0,
        ),
        deadline_s=2400.0,
        expected_s=180.0,
    )


def apps_settled(site: Site, needs: tuple[str, ...]) -> Step:
    """Waited for within bounds; what is not ready by then is named, and the run ends with exit code 4 (rule 14)."""
    others = tuple(
        name
        for app in site.tree.apps
        if not app.suspended and (name := f"{app.namespace}/{app.name}") not in site.cluster.critical_apps
    )
    return Step(
        name="apps_settled",
        summary="All other apps are reconciled, or named as not ready.",
        needs=needs,
        gate=Gate(
            "every other app's Kustomization is Ready",
            lambda _: _apps(site, others),
            changes=lambda: site.object_changes(KUSTOMIZATION),
            grace_s=float("inf"),
        ),
        deadline_s=1200.0,
        expected_s=120.0,
        tolerant=True,
    )


async def _apps(site: Site, wanted: Sequence[str]) -> Verdict:
    found = {_name(obj): obj for obj in await (await site.kubernetes()).list(KUSTOMIZATION)}
    return judge_apps(found, wanted)


def judge_apps(found: Mapping[str, Manifest], wanted: Sequence[str]) -> Verdict:
    """All of them, not the first that is not ready. Pure. found, wanted: by namespace/name."""
    states = {name: flux.kustomization(found.get(name), name=name) for name in wanted}
    ended = [verdict for verdict in states.values() if isinstance(verdict, Never)]
    if ended:
        return Never("; ".join(verdict.reason for verdict in ended), ended[0].next_action)
    waiting = [verdict.reason for verdict in states.values() if isinstance(verdict, NotYet)]
    if waiting:
        more = f" and {len(waiting) - 4} more" if len(waiting) > 4 else ""
        return NotYet(
            f"{len(states) - len(waiting)}/{len(states)} ready: {'; '.join(waiting[:4])}{more}", underway=True
        )
    return Holds({"ready": len(states)})


def _name(obj: Manifest) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def data_restored(site: Site, needs: tuple[str, ...]) -> Step:
    """Apps that run on empty volumes look healthy: only the volumes themselves tell that the data is back."""
    return Step(
        name="data_restored",
        summary="Volumes that are kept in backups hold their data again, or are named as empty.",
        needs=needs,
        gate=Gate(
            "every volume with a backup was filled from it",
            lambda _: _restored(site),
            changes=lambda: site.object_changes(CLAIM, REPLICATION_DESTINATION),
        ),
        deadline_s=2400.0,
        expected_s=120.0,
        tolerant=True,
    )


async def _restored(site: Site) -> Verdict:
    kubernetes = await site.kubernetes()
    claims = await kubernetes.list(CLAIM)
    missing = _missing(site, claims)
    if missing:
        return NotYet(f"claims that are not there yet: {', '.join(missing[:5])}", underway=True)
    return volumes.restored(claims, await kubernetes.list(REPLICATION_DESTINATION))


def _missing(site: Site, claims: Sequence[Manifest]) -> list[str]:
    there = {_name(claim) for claim in claims}
    wanted = [f"{app.namespace}/{volume}" for app in site.tree.apps for volume in app.volumes if not app.suspended]
    return [name for name in wanted if name not in there]
