"""What releases need of each other: names resolved, and what can never come true named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from inventory.problem import Problem
from tree.release import Release


def resolved(releases: Sequence[Release]) -> tuple[Release, ...]:
    """The releases with `needs` as names: helmfile writes them as [[context/]namespace/]name."""
    return tuple(replace(release, needs=tuple(need.split("/")[-1] for need in release.needs)) for release in releases)


def problems(releases: Sequence[Release]) -> Iterator[Problem]:
    """Duplicates, needs that no release of the same helmfile meets, and cycles. Takes releases as the file has them."""
    yield from _duplicates(releases)
    yield from _unknown(releases)
    yield from _cycles(releases)


def _place(release: Release) -> str:
    return f"{release.helmfile}:{release.line}"


def _duplicates(releases: Sequence[Release]) -> Iterator[Problem]:
    first: dict[str, Release] = {}
    for release in releases:
        other = first.setdefault(release.name, release)
        if other is not release:
            what = f"the release {release.name} is declared twice, first in line {other.line}"
            yield Problem(_place(release), what, "every name once", "remove or rename one of them")


def _unknown(releases: Sequence[Release]) -> Iterator[Problem]:
    names = {release.name: release.namespace for release in releases}
    for release in releases:
        for need in release.needs:
            *qualifiers, name = need.split("/")
            namespace = qualifiers[-1] if qualifiers else release.namespace
            if "{{" in need:
                continue
            if names.get(name) != namespace:
                what = f"the release {release.name} needs {namespace}/{name}, which this helmfile does not have"
                expected = f"one of {', '.join(f'{where}/{known}' for known, where in names.items())}"
                yield Problem(_place(release), what, expected, "mend `needs`")


def _cycles(releases: Sequence[Release]) -> Iterator[Problem]:
    graph = {release.name: [need.split("/")[-1] for need in release.needs] for release in releases}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = list(reversed(error.args[1]))
        first = next(release for release in releases if release.name in names)
        yield Problem(_place(first), f"the releases {' -> '.join(names)} need each other", "needs without a cycle")
