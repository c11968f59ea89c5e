"""Charts of which both helmfiles speak: their CRDs are applied first, and then Helm finds them without its marks.

Helm ends with `exists and cannot be imported ... invalid ownership metadata` (failure 21) unless it is told to take
ownership, and CRDs of another version than the release's serve fields that its controller does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inventory.problem import Problem
from tree.release import Release


def problems(crds: Sequence[Release], releases: Sequence[Release]) -> Iterator[Problem]:
    """Problems of releases whose chart is in both 00-crds.yaml and 01-apps.yaml."""
    charts = {release.chart.rpartition("/")[2]: release for release in crds}
    for release in releases:
        first = charts.get(release.chart.rpartition("/")[2])
        if first is None:
            continue
        place = f"{release.helmfile}:{release.line}"
        if first.version != release.version:
            what = f"{release.name} is {release.version}, but its CRDs are of {first.version} ({_place(first)})"
            yield Problem(place, what, "one version of a chart", "give both the same version")
        if not release.take_ownership:
            what = f"the CRDs of {release.name} are applied before it ({_place(first)})"
            remedy = "set `takeOwnership: true` here, or remove the chart from one of the two"
            yield Problem(place, what, "a release that takes them over, or one helmfile for this chart", remedy)


def _place(release: Release) -> str:
    return f"{release.helmfile}:{release.line}"
