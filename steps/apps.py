"""secret_store_ready, critical_apps_ready, apps_settled: what Flux brings, watched to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.kubernetes import Manifest, ObjectRef
from readiness import external_secrets, flux
from steps.kinds import KUSTOMIZATION, SECRET_STORE
from steps.naming import all_named, full_name
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
    found = {full_name(obj): obj for obj in await (await site.kubernetes()).list(KUSTOMIZATION)}
    return judge_apps(found, wanted)


def judge_apps(found: Mapping[str, Manifest], wanted: Sequence[str]) -> Verdict:
    """Every app that is not ready is named, whatever the others are: at a deadline this sentence is all that the
    summary has (rule 14). Pure. found, wanted: by namespace/name."""
    states = {name: flux.kustomization(found.get(name), name=name) for name in wanted}
    ended = {name: verdict for name, verdict in states.items() if isinstance(verdict, Never)}
    waiting = {name: verdict for name, verdict in states.items() if isinstance(verdict, NotYet)}
    reasons = {name: verdict.reason for name, verdict in (ended | waiting).items()}
    if not reasons:
        return Holds({"ready": len(states)})
    sentence = f"{len(states) - len(reasons)}/{len(states)} ready: {all_named(reasons)}"
    if ended:
        return Never(sentence, next(iter(ended.values())).next_action)
    return NotYet(sentence, underway=True)
