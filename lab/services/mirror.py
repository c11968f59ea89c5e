"""The published charts instead of the stand-ins: pulled from the internet before the lab's own internet is entered."""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import yaml

from bootstrap.errors import Permanent, Transient
from edges import command
from edges.command import Completed
from lab.services.chart_package import Package
from lab.services.chart_reference import Reference

Run = Callable[[Sequence[str]], Awaitable[Completed]]
"""Runs a command to its end. Raises Permanent or Transient, as edges.command does."""

_PULL_S = 120.0
_AT_ONCE = 4
_INSTEAD = (
    "run it again on a machine with internet, or without `--charts upstream`: the lab has stand-ins for all charts"
)


async def run(argv: Sequence[str]) -> Completed:
    """A command on this machine, outside of any lab."""
    return await command.run(argv, deadline_s=_PULL_S)


async def fetch(references: Sequence[Reference], folder: Path, helm: str = "helm", run: Run = run) -> None:
    """Pull every chart that is not in `folder` yet, with the operator's `helm`.

    Raises Permanent, with what became of the first chart that could not be had; no other is begun then.
    """
    turns = asyncio.Semaphore(_AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:
            for reference in references:
                group.create_task(_fetch(reference, folder, helm, run, turns))
    except* Permanent as failed:
        raise next(error for error in failed.exceptions if isinstance(error, Permanent)) from None


async def _fetch(reference: Reference, folder: Path, helm: str, run: Run, turns: asyncio.Semaphore) -> None:
    file = _file(reference, folder)
    async with turns:
        if file.is_file():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        argv = (helm, "pull", reference.url, "--version", reference.version, "--destination", str(file.parent))
        try:
            completed = await run(argv)
        except Transient as error:
            raise Permanent(_unavailable(reference, error.sentence), _INSTEAD) from None
        if completed.exit_code != 0 or not file.is_file():
            said = " ".join(completed.stderr.split()) or f"helm left no {file.name}"
            raise Permanent(_unavailable(reference, said), _INSTEAD)


def _unavailable(reference: Reference, said: str) -> str:
    return f"the published chart {reference.url} {reference.version} could not be pulled: {said}"


def pulled(references: Sequence[Reference], folder: Path) -> tuple[tuple[Reference, Package], ...]:
    """What `fetch` left, as a registry takes it."""
    return tuple((reference, _package(reference, _file(reference, folder))) for reference in references)


def _package(reference: Reference, file: Path) -> Package:
    with tarfile.open(file) as tar:
        chart = tar.extractfile(f"{reference.name}/Chart.yaml")
        said = yaml.safe_load(chart.read()) if chart else {}
    return Package(reference.name, reference.version, json.dumps(said).encode(), file.read_bytes())


def _file(reference: Reference, folder: Path) -> Path:
    """As helm names it, below the chart's own repository."""
    return folder / reference.url.removeprefix("oci://") / f"{reference.name}-{reference.version}.tgz"
