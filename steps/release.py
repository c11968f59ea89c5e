"""A release of 01-apps.yaml as a step: installed by helmfile, then verified by its own gate or the generic one.

Once Flux owns a release, bootstrap only verifies it (rule 10), and it never lowers a version (rule 13).
"""

from __future__ import annotations

from bootstrap.errors import Permanent, Refused
from bootstrap.gate import Gate
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict
from estate.charts import ReleaseStatus
from estate.kubernetes import Kubernetes, Manifest
from steps.kinds import HELM_RELEASE
from steps.release_gates import ReleaseGate, gate_of
from steps.site import Site
from steps.versions import older
from tree.release import Release


def release_name(release: str) -> str:
    """The name of a release's step: cert-manager -> cert_manager."""
    return release.replace("-", "_")


def release_ready(site: Site, release: Release, needs: tuple[str, ...]) -> Step:
    """One release. Its needs in the helmfile are needs of the step."""
    own = gate_of(release)
    return Step(
        name=release_name(release.name),
        summary=own.summary or f"Release {release.name} is deployed, and all that it applied is ready.",
        needs=(*needs, *(release_name(need) for need in release.needs)),
        gate=Gate(
            own.sentence or f"{release.name} {release.version} is deployed and all of its objects are ready",
            lambda _: _observe(site, release, own),
            changes=lambda: site.object_changes(*own.watched),
            stability_s=own.stability_s,
            grace_s=own.grace_s,
        ),
        act=lambda attempt: _sync(site, release, attempt),
        deadline_s=own.deadline_s,
        expected_s=own.expected_s,
    )


async def _observe(site: Site, release: Release, own: ReleaseGate) -> Verdict:
    kubernetes = await site.kubernetes()
    status = await (await site.charts()).status(release)
    by_flux = await flux_owns(kubernetes, release) and release.name not in site.options.take_back
    unfinished = _unfinished(release, status)
    if unfinished:
        whose = f"; Flux owns it and brings it there, or --take-back {release.name}" if by_flux else ""
        return NotYet(unfinished + whose, underway=by_flux)
    verdict = await own.ready(site, kubernetes, release, status)
    if isinstance(verdict, NotYet) and by_flux:
        return NotYet(verdict.reason, underway=True)
    if isinstance(verdict, Holds):
        return Holds({**verdict.evidence, "chart": status.version, "by_flux": by_flux}, verdict.exceptions)
    return verdict


def _unfinished(release: Release, status: ReleaseStatus) -> str:
    if not status.status:
        return f"release {release.name} is not installed"
    if status.status != "deployed":
        return f"release {release.name} is {status.status}"
    if older(status.version, release.version):
        return f"release {release.name} is {status.version}, the tree has {release.version}"
    return ""


async def flux_owns(kubernetes: Kubernetes, release: Release) -> bool:
    """Whether a HelmRelease is about it. One without history counts: helm-controller may be in the middle of taking the
    release over, and what it has not finished looks like what a killed run left."""
    return any(_installs(owner, release) for owner in await kubernetes.list(HELM_RELEASE))


def _installs(owner: Manifest, release: Release) -> bool:
    """As helm-controller names and places a release (fluxcd/helm-controller, HelmRelease v2, GetReleaseName)."""
    spec, meta = owner.get("spec", {}), owner["metadata"]
    target = spec.get("targetNamespace", "")
    name = spec.get("releaseName") or "-".join(filter(None, (target, meta["name"])))
    return name == release.name and (target or meta.get("namespace", "")) == release.namespace


async def _sync(site: Site, release: Release, _: Attempt) -> str:
    kubernetes, charts = await site.kubernetes(), await site.charts()
    if await flux_owns(kubernetes, release) and release.name not in site.options.take_back:
        raise Refused(
            f"Flux owns release {release.name}: bootstrap only verifies it",
            f"let Flux bring it there, or take it back with --take-back {release.name}",
        )
    status = await charts.status(release)
    if older(release.version, status.version):
        raise Permanent(
            f"release {release.name} is {status.version}, newer than the tree's {release.version}",
            "a version is never lowered: bring the tree up to what runs",
        )
    repaired = await charts.repair(release) if status.status.startswith("pending-") else ""
    await charts.sync(release)
    return " ".join(filter(None, (repaired, f"synced {release.name} {release.version}")))
