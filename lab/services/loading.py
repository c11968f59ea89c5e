"""What the registry of one cluster's lab is filled with, from its tree."""

from __future__ import annotations

from pathlib import Path

import httpx

from lab.services import mirror
from lab.services.chart_push import push_charts, push_flux_manifests, stand_ins
from lab.services.chart_reference import charts, flux_manifests
from lab.services.material import Material
from lab.services.registry import Registry
from tree import files


async def load(registry: Registry, root: Path, tree: str, taken: Material, upstream: Path | None = None) -> int:
    """Push all that a tree asks for; the number of charts. upstream: what mirror.fetch filled, instead of stand-ins.

    Raises BadInput when the tree asks for what no registry of the lab can have; httpx.HTTPError; FileNotFoundError.
    """
    contents = files.read(root, tree)
    references = charts(contents)
    packages = mirror.pulled(references, upstream) if upstream else stand_ins(references, taken)

    async def deliver(client: httpx.AsyncClient) -> None:
        await push_charts(client, packages)
        await push_flux_manifests(client, flux_manifests(contents), taken("flux-operator") / "config" / "data")

    await registry.push(deliver)
    return len(references)
