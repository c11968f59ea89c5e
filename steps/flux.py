"""source_synced, root_reconciled: Flux has the audited commit, and has begun to apply it."""

from __future__ import annotations

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, NotYet, Verdict
from estate.kubernetes import ObjectRef
from readiness import flux, verdicts
from readiness.fields import at
from readiness.revision import revision_commit
from steps.kinds import GIT_REPOSITORY, KUSTOMIZATION
from steps.site import Site

FLUX_SYSTEM = "flux-system"
REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"
ROOTS = ("flux-system", "cluster-apps")
"""What FluxInstance syncs, and the Kustomization in it that applies all apps."""


def source_synced(site: Site, needs: tuple[str, ...]) -> Step:
    """The commit that Flux has is the one that was audited, or a descendant of it on the same branch."""
    return Step(
        name="source_synced",
        summary="Flux has fetched the commit that this run was checked against, or a later one.",
        needs=needs,
        gate=Gate(
            "the source's artifact is the audited commit or a descendant of it",
            lambda _: _synced(site),
            changes=lambda: site.object_changes(GIT_REPOSITORY),
            stability_s=0.0,
        ),
        act=lambda _: _ask(site),
        deadline_s=600.0,
        expected_s=10.0,
    )


async def _ask(site: Site) -> str:
    """Flux looks at Git once an interval, or when this annotation changes (fluxcd.io/flux/components/source).

    The commit is the token: the same request is never made twice.
    """
    commit = await site.commit()
    request = {
        "apiVersion": GIT_REPOSITORY.api_version,
        "kind": GIT_REPOSITORY.kind,
        "metadata": {"name": FLUX_SYSTEM, "namespace": FLUX_SYSTEM, "annotations": {REQUESTED_AT: commit}},
    }
    # the annotation is whoever's asked last
    await (await site.kubernetes()).apply(request, force=True)
    return f"asked Flux to look at Git now: {commit[:12]} is what this run was checked against"


async def _synced(site: Site) -> Verdict:
    source = await (await site.kubernetes()).get(ObjectRef(GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM))
    verdict = flux.source(source, name=FLUX_SYSTEM)
    if not isinstance(verdict, Holds):
        return verdict
    commit, audited = revision_commit(flux.artifact_revision(source)), await site.commit()
    if not await site.estate.git.descends(commit, audited):
        asked = at(source, "metadata", "annotations", REQUESTED_AT) == audited
        return NotYet(
            f"Flux has commit {commit[:12]}, audited was {audited[:12]}, which is not before it", underway=asked
        )
    return Holds({"commit": commit, "audited": audited, "later": commit != audited})


def root_reconciled(site: Site, needs: tuple[str, ...]) -> Step:
    """From here on Flux does the work, and bootstrap looks on."""
    return Step(
        name="root_reconciled",
        summary="Flux has applied the cluster's root Kustomizations: every app is known to it.",
        needs=needs,
        gate=Gate(
            "the root Kustomizations are applied at the source's revision",
            lambda _: _reconciled(site),
            changes=lambda: site.object_changes(KUSTOMIZATION, GIT_REPOSITORY),
        ),
        deadline_s=900.0,
        expected_s=20.0,
    )


async def _reconciled(site: Site) -> Verdict:
    kubernetes = await site.kubernetes()
    source = await kubernetes.get(ObjectRef(GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM))
    revision = flux.artifact_revision(source)
    roots = [await kubernetes.get(ObjectRef(KUSTOMIZATION, name, FLUX_SYSTEM)) for name in ROOTS]
    return verdicts.every(
        *(flux.kustomization(root, revision, name=name) for name, root in zip(ROOTS, roots, strict=True))
    )
