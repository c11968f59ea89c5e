"""The releases that the trees really have, rendered by the real helm from the stand-ins of their charts."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.services.chart_package import CHARTS, pack
from lab.services.material import Material
from tests.lab.services.tools import material, program
from tests.trees.reading import CLUSTERS, Document, flux_releases, helmfile, values_of

CRDS_FIRST = "00-crds.yaml"


@dataclass(frozen=True)
class Release:
    """A release of a tree; app: namespace/folder of its values, "" without."""

    cluster: str
    name: str
    namespace: str
    chart: str
    version: str
    values: Document

    def __str__(self) -> str:
        return f"{self.cluster}-{self.name}"


def releases() -> Iterator[Release]:
    """Of both trees: of Flux, and of the helmfile of definitions where Flux does not have them (yet)."""
    for cluster in CLUSTERS:
        of_flux = [_of_flux(cluster, app, *found) for app, found in flux_releases(cluster).items()]
        yield from of_flux
        names = {release.name for release in of_flux}
        for entry in helmfile(cluster, CRDS_FIRST):
            if entry["name"] not in names:
                chart = entry["chart"].rpartition("/")[2]
                yield Release(cluster, entry["name"], entry["namespace"], chart, entry["version"], {})


def _of_flux(cluster: str, app: str, pinned: Any, path: Path, document: Document) -> Release:
    spec = document["spec"]
    values = values_of(cluster, app) if "valuesFrom" in spec else spec.get("values", {})
    return Release(cluster, pinned.release, pinned.namespace, pinned.chart.rpartition("/")[2], pinned.version, values)


def release(cluster: str, name: str) -> Release:
    (found,) = (each for each in releases() if (each.cluster, each.name) == (cluster, name))
    return found


@cache
def unpacked(chart: str, version: str, to: Path, taken: Material = material) -> Path:
    """The folder of a packed chart, as helm finds it inside the .tgz."""
    with tarfile.open(fileobj=io.BytesIO(pack(CHARTS / chart, version, taken).content)) as tar:
        tar.extractall(to, filter="data")
    return to / chart


def helm(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    argv = (str(program("helm")), *arguments)
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def template(each: Release, folder: Path, values: Document | None = None) -> subprocess.CompletedProcess[str]:
    """What helm renders, definitions included. values: instead of the tree's own."""
    given = yaml.dump(each.values if values is None else values, Dumper=yaml.CSafeDumper)
    arguments = ("template", each.name, str(folder), "--namespace", each.namespace, "--include-crds", "--values", "-")
    return helm(*arguments, stdin=given)


def rendered(each: Release, folder: Path) -> list[Document]:
    """The objects of a release. Fails with helm's own words."""
    done = template(each, folder)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if document]


def one(objects: list[Document], kind: str, name: str) -> Document:
    """The one object of this kind and name."""
    found = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{len(found)} of {kind} {name} among {sorted(_called(each) for each in objects)}"
    return found[0]


def _called(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"
