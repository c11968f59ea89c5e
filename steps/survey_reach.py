"""Preflight of the network: the registries that charts are pulled from on this computer."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from steps.findings import Finding
from steps.site import Site

PORTS = {"oci": 443, "https": 443, "http": 80}


async def survey_reach(site: Site) -> list[Finding]:
    """Every host that does not answer. Git and the secrets source are asked by their own checks."""
    places = registries(site)
    answers = await asyncio.gather(*(site.estate.workstation.reaches(host, port) for host, port in places))
    silent = [
        Finding.wait("network", f"charts come from {host}: {answer}")
        for (host, _), answer in zip(places, answers, strict=True)
        if answer
    ]
    return silent or [Finding.note("network", f"{len(places)} chart registries answer")]


def registries(site: Site) -> tuple[tuple[str, int], ...]:
    """Hosts and ports of all charts that stand at a URL, each once, in the order of their first use."""
    urls = (urlsplit(release.chart) for release in (*site.tree.crds, *site.tree.releases))
    found = ((url.hostname, url.port or PORTS[url.scheme]) for url in urls if url.scheme in PORTS and url.hostname)
    return tuple(dict.fromkeys(found))
