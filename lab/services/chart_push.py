"""What a lab's registry holds at the start: the charts of a tree in its versions, and what Flux is installed from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import httpx

from inventory.problem import BadInput, Problem
from lab.services import oci
from lab.services.archive import archive
from lab.services.chart_package import CHARTS, Package, pack
from lab.services.chart_reference import Reference
from lab.services.material import Material


def stand_ins(references: Sequence[Reference], taken: Material) -> Iterable[tuple[Reference, Package]]:
    """The stand-in of every chart, packed one by one as they are asked for. Raises BadInput when some have none."""
    missing = [reference for reference in references if not (CHARTS / reference.name / "Chart.yaml").is_file()]
    if missing:
        raise BadInput([_missing(reference) for reference in missing])
    return ((reference, pack(CHARTS / reference.name, reference.version, taken)) for reference in references)


def _missing(reference: Reference) -> Problem:
    return Problem(
        f"{reference.url}:{reference.version}",
        "the lab has no stand-in for this chart",
        f"a folder lab/charts/{reference.name}",
        "write one, or use the published charts on a machine with internet (--charts upstream)",
    )


async def push_charts(client: httpx.AsyncClient, packages: Iterable[tuple[Reference, Package]]) -> None:
    """Push charts as `helm push` would, each under its own tag. Raises httpx.HTTPError, the first that came."""
    try:
        async with asyncio.TaskGroup() as group:
            for reference, package in packages:
                group.create_task(_push_chart(client, reference, package))
                await asyncio.sleep(0)  # the next is packed while this one is sent
    except* httpx.HTTPError as failed:
        raise failed.exceptions[0] from None


async def _push_chart(client: httpx.AsyncClient, reference: Reference, package: Package) -> None:
    config, layer = oci.Blob(oci.CHART_CONFIG, package.metadata), oci.Blob(oci.CHART, package.content)
    # a tag has no "+": https://helm.sh/docs/topics/registries
    tag = reference.version.replace("+", "_")
    await oci.push(client, reference.repository, tag, config, layer)


async def push_flux_manifests(client: httpx.AsyncClient, references: Iterable[Reference], data: Path) -> None:
    """Push what the Flux operator pulls. data: its own folder of manifests. Raises httpx.HTTPError."""
    layer = oci.Blob(oci.FLUX, archive(_contents(data)))
    for reference in references:
        await oci.push(client, reference.repository, reference.version, oci.Blob(oci.FLUX_CONFIG, b"{}"), layer)


def _contents(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
