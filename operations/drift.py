"""Differences between Git and what runs: machine configs and releases, shown and never repaired (rule 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bootstrap.errors import Permanent, Transient
from bootstrap.step import step_id
from estate.machines import State
from operations.looking import Seen
from steps.release import release_name
from steps.site import Site
from steps.versions import same


@dataclass(frozen=True, slots=True)
class Difference:
    """subject: a node or a release. text: a diff with secrets masked, or one sentence."""

    subject: str
    text: str


async def differences(site: Site, seen: Mapping[str, Seen]) -> tuple[Difference, ...]:
    """Drift of all nodes that run as ours, and of all releases that are there."""
    return (*await _machines(site, seen), *await _releases(site, seen))


async def _machines(site: Site, seen: Mapping[str, Seen]) -> list[Difference]:
    found: list[Difference] = []
    for node in site.nodes:
        look = seen.get(step_id("talos_config_applied", node.name))
        if look is None or look.state != "true":
            continue
        try:
            machines = await site.machines()
            if (await machines.look(node)).state is State.RUNNING:
                text = await machines.difference(node, await site.machine_config(node))
                found += [Difference(node.name, text)] if text else []
        except (Transient, Permanent) as error:
            found.append(Difference(node.name, f"could not be compared: {error.sentence}"))
    return found


async def _releases(site: Site, seen: Mapping[str, Seen]) -> list[Difference]:
    found: list[Difference] = []
    for release in site.tree.releases:
        look = seen.get(release_name(release.name))
        if look is None or look.state != "true" or look.evidence is None:
            continue
        runs = str(look.evidence.get("chart", ""))
        if runs and not same(runs, release.version):
            found.append(Difference(f"release {release.name}", f"- chart {release.version}\n+ chart {runs}"))
    return found
