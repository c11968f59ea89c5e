"""crds_applied: the definitions that releases and apps refer to, before any of them, from 00-crds.yaml."""

from __future__ import annotations

from bootstrap.gate import Gate
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict
from estate.kubernetes import Kind, Manifest
from readiness.crds import established
from steps.kinds import DEFINITION
from steps.site import Site


def crds_applied(site: Site, needs: tuple[str, ...]) -> Step:
    """Server-side apply, by force: definitions are too big for the annotation of a client-side apply, and a later owner
    (Flux) puts back its own."""
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
    unserved = [d["metadata"]["name"] for d in wanted if not await kubernetes.serves(_served_kind(d))]
    if unserved:
        return NotYet(f"not served yet: {', '.join(unserved[:5])}", underway=True)
    return Holds({"definitions": len(wanted)})


def _served_kind(definition: Manifest) -> Kind:
    spec = definition["spec"]
    version = next(version["name"] for version in spec["versions"] if version.get("served", True))
    return Kind(f"{spec['group']}/{version}", spec["names"]["kind"])


async def _apply(site: Site, _: Attempt) -> str:
    kubernetes = await site.kubernetes()
    definitions = await _definitions(site)
    for definition in definitions:
        await kubernetes.apply(definition, force=True)
    return f"applied {len(definitions)} definitions"
