"""crds_applied: the definitions that releases and apps refer to, before any of them, from 00-crds.yaml."""

from __future__ import annotations

from bootstrap.gate import Gate
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict
from estate.kubernetes import Kind, Kubernetes, Manifest
from readiness.crds import established
from steps.kinds import DEFINITION
from steps.site import Site


def crds_applied(site: Site, needs: tuple[str, ...]) -> Step:
    """Those that are missing, by server-side apply: definitions are too big for the annotation of a client-side one. By
    force, for another may have come between the look and the apply."""
    return Step(
        name="crds_applied",
        summary="Every CustomResourceDefinition of the tree is established and served.",
        needs=needs,
        gate=Gate(
            "every definition is established and served",
            lambda _: _observe(site),
            changes=lambda: site.object_changes(DEFINITION),
            stability_s=0.0,
        ),
        act=lambda attempt: _apply(site, attempt),
        deadline_s=600.0,
        expected_s=20.0,
    )


async def _definitions(site: Site) -> list[Manifest]:
    return [manifest for release in site.tree.crds for manifest in await site.crds(release.name)]


async def _observe(site: Site) -> Verdict:
    wanted = await _definitions(site)
    kubernetes = await site.kubernetes()
    verdict = established(await kubernetes.list(DEFINITION), [d["metadata"]["name"] for d in wanted])
    if not isinstance(verdict, Holds):
        return verdict
    # Established does not mean that discovery lists it already
    unserved = [d["metadata"]["name"] for d in wanted if not await _served(kubernetes, d)]
    if unserved:
        return NotYet(f"not served yet: {', '.join(unserved[:5])}", underway=True)
    return Holds({"definitions": len(wanted)})


async def _served(kubernetes: Kubernetes, definition: Manifest) -> bool:
    return all([await kubernetes.serves(kind) for kind in served_kinds(definition)])


def served_kinds(definition: Manifest) -> tuple[Kind, ...]:
    """The kind in every version that a definition says is served: an app may use any of them. Pure."""
    spec = definition["spec"]
    versions = [version["name"] for version in spec["versions"] if version.get("served", True)]
    return tuple(Kind(f"{spec['group']}/{version}", spec["names"]["kind"]) for version in versions)


async def _apply(site: Site, _: Attempt) -> str:
    kubernetes = await site.kubernetes()
    there = {definition["metadata"]["name"] for definition in await kubernetes.list(DEFINITION)}
    # one that is there may be a newer one that Flux has brought: it is not applied over
    missing = [definition for definition in await _definitions(site) if definition["metadata"]["name"] not in there]
    for definition in missing:
        await kubernetes.apply(definition, force=True)
    return f"applied {len(missing)} definitions"
