"""Filling a registry on loopback: with the stand-ins, with published charts, and when it is not there at all."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from lab.place import LabPlace
from lab.services import registry as registry_module
from lab.services.chart_reference import charts
from lab.services.loading import load
from lab.services.mirror import fetch
from lab.services.registry import Registry
from lab.supervisor.processes import Processes
from lab.supervisor.web_ca import WebCa
from tests.lab.services.test_mirror import FakeHelm
from tests.lab.services.tools import material, program
from tests.trees.reading import ROOT
from tree import files

TREE = "kubernetes/staging"
CILIUM = "/v2/cilium/charts/cilium/manifests/1.20.1"
ACCEPT = {"Accept": "application/vnd.oci.image.manifest.v1+json"}


@asynccontextmanager
async def registry_of(folder: Path, binary: Path) -> AsyncIterator[Registry]:
    """A registry object, not started, at a free port of loopback."""
    place = LabPlace(folder)
    place.logs.mkdir(parents=True)
    programs = Processes(place.logs, dict(os.environ))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    try:
        yield Registry(place, programs, binary, WebCa(place.ca, folder / "leaves").leaf, "127.0.0.1", port)
    finally:
        await programs.stop_all()


async def _tag_size(registry: Registry) -> int:
    sizes: list[int] = []

    async def look(client: httpx.AsyncClient) -> None:
        sizes.append((await client.get(CILIUM, headers=ACCEPT)).json()["layers"][0]["size"])

    await registry.push(look)
    return sizes[0]


def test_stand_ins_and_published_charts_go_the_same_way(tmp_path: Path) -> None:
    """All charts of the tree are pushed, and what was mirrored takes the place of the stand-ins."""
    references = charts(files.read(ROOT, TREE))

    async def fill() -> tuple[int, int, int, int]:
        async with registry_of(tmp_path / "lab", program("registry")) as registry:
            await registry.start()
            stand_ins = await load(registry, ROOT, TREE, material)
            first = await _tag_size(registry)
            await fetch(references, tmp_path / "mirror", "helm", FakeHelm())
            published = await load(registry, ROOT, TREE, material, tmp_path / "mirror")
            return stand_ins, first, published, await _tag_size(registry)

    stand_ins, first, published, second = asyncio.run(fill())
    assert stand_ins == published == len(references)
    assert first > 3 * second, "the stand-in of Cilium is much bigger than the fake's chart"


def test_a_registry_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Nothing is pushed into the void."""

    async def fill() -> None:
        async with registry_of(tmp_path / "lab", program("registry")) as registry:
            await load(registry, ROOT, TREE, material)

    with pytest.raises(httpx.ConnectError):
        asyncio.run(fill())


def test_a_registry_that_never_answers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends, and says for what it was."""
    monkeypatch.setattr(registry_module, "_READY_S", 0.5)

    async def start() -> None:
        async with registry_of(tmp_path / "lab", Path("/bin/false")) as registry:
            await registry.start()

    with pytest.raises(TimeoutError, match="the registry was not ready"):
        asyncio.run(start())
