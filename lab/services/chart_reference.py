"""Which charts and artifacts a tree asks registries for, in the helmfiles and in Flux's own objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inventory.problem import BadInput, Problem
from tree import helmfile, manifest
from tree.files import Files

Document = Mapping[str, Any]
_FLUX_MANIFESTS = "oci://ghcr.io/controlplaneio-fluxcd/flux-operator-manifests:latest"
"""What the chart flux-instance asks for when its values name no artifact."""


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Something in a registry. url: oci://host/repository. version: the tag."""

    url: str
    version: str

    @property
    def repository(self) -> str:
        """Without the host: the lab serves all hosts from one registry."""
        return self.url.removeprefix("oci://").partition("/")[2]

    @property
    def name(self) -> str:
        """Of the chart: the last part of its repository."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Found:
    """One object of the tree, and where it stands."""

    path: str
    document: Document

    def at(self, *keys: str) -> Any:
        value: Any = self.document
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def problem(self, what: str, expected: str) -> Problem:
        return Problem(f"{self.path}:1", what, expected, "the lab serves stand-ins, which are found by tag alone")


def charts(files: Files) -> tuple[Reference, ...]:
    """All charts of a tree, each once, sorted. files: tree.files.read. Raises BadInput with what no registry of the
    lab can serve: a chart by digest or by a range of versions, or from a repository that is no OCI registry.
    """
    found = [_Found(path, document) for path, document in _documents(files)]
    read = [*_of_helmfiles(files), *_of_repositories(found), *_of_releases(found)]
    problems = [entry for entry in read if isinstance(entry, Problem)]
    if problems:
        raise BadInput(problems)
    return tuple(sorted({entry for entry in read if isinstance(entry, Reference)}))


def flux_manifests(files: Files) -> tuple[Reference, ...]:
    """The artifacts from which the Flux operator installs Flux, as the values of a tree's FluxInstances name them."""
    found = [_Found(path, document) for path, document in _documents(files)]
    named = {_FLUX_MANIFESTS, *(artifact for entry in found for artifact in _artifacts(entry))}
    return tuple(sorted(Reference(*artifact.rsplit(":", 1)) for artifact in named))


def _documents(files: Files) -> Iterator[tuple[str, Document]]:
    for path, content in files.items():
        if path.endswith((".yaml", ".yml")) and "/helmfile.d/" not in path:
            yield from ((path, document) for document in manifest.documents(content, path))


def _of_helmfiles(files: Files) -> Iterator[Reference | Problem]:
    for path, content in files.items():
        if "/helmfile.d/" not in path:
            continue
        releases, problems = helmfile.read(content.decode(), path)
        yield from problems
        yield from (Reference(each.chart, each.version) for each in releases if each.chart.startswith("oci://"))


def _of_repositories(found: list[_Found]) -> Iterator[Reference | Problem]:
    for entry in found:
        if entry.document.get("kind") != "OCIRepository":
            continue
        tag, ref = entry.at("spec", "ref", "tag"), entry.at("spec", "ref") or {}
        if set(ref) != {"tag"}:
            yield entry.problem(
                f"its ref has {', '.join(map(str, sorted(ref))) or 'nothing'}", "a ref with a tag alone"
            )
        else:
            yield Reference(str(entry.at("spec", "url")), str(tag))


def _of_releases(found: list[_Found]) -> Iterator[Reference | Problem]:
    repositories = {
        entry.at("metadata", "name"): entry for entry in found if entry.document.get("kind") == "HelmRepository"
    }
    for entry in found:
        chart = entry.at("spec", "chart", "spec")
        if entry.document.get("kind") == "HelmRelease" and isinstance(chart, Mapping):
            yield _of_release(entry, chart, repositories.get(entry.at("spec", "chart", "spec", "sourceRef", "name")))


def _of_release(release: _Found, chart: Document, repository: _Found | None) -> Reference | Problem:
    if repository is None:
        return release.problem("its chart's HelmRepository is not in the tree", "a sourceRef to one of the tree")
    url = str(repository.at("spec", "url"))
    if not url.startswith("oci://"):
        return repository.problem(f"its url is {url}", "a HelmRepository of type oci")
    return Reference(f"{url.rstrip('/')}/{chart.get('chart')}", str(chart.get("version")))


def _artifacts(entry: _Found) -> Iterator[str]:
    """From a values file, or from a HelmRelease's own values."""
    for above in ((), ("spec", "values")):
        artifact = entry.at(*above, "instance", "distribution", "artifact")
        if isinstance(artifact, str):
            yield artifact
