"""A real API server takes what the stand-ins render: definitions are established, objects pass its own validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.charts.plain_api import PlainApi, plain_api
from tests.lab.charts.releases import Release, releases, rendered
from tests.trees.reading import Document

pytestmark = pytest.mark.xdist_group("charts on an API server")
RELEASES = [each for each in releases() if each.cluster == "main"]
DEFINITION = "CustomResourceDefinition"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, chart: Callable[[Release], Path]) -> Iterator[PlainApi]:
    """An API server with the namespaces and all definitions of main's charts."""
    with plain_api(tmp_path_factory.mktemp("api")) as plain:
        spaces = [_namespace(name) for name in sorted({each.namespace for each in RELEASES} - {"default"})]
        brought = [found for each in RELEASES for found in rendered(each, chart(each)) if found["kind"] == DEFINITION]
        _apply(plain, spaces + list({found["metadata"]["name"]: found for found in brought}.values()))
        waited = plain.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        assert waited.returncode == 0, waited.stderr
        yield plain


def _namespace(name: str) -> Document:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _apply(plain: PlainApi, found: list[Document], *more: str) -> None:
    text = yaml.dump_all(found, Dumper=yaml.CSafeDumper)
    done = plain.kubectl("apply", "--server-side", "--validate=strict", *more, "-f", "-", stdin=text)
    assert done.returncode == 0, done.stderr


def test_definitions_have_no_problem_of_their_schema(api: PlainApi) -> None:
    """No definition is half taken: names accepted, schema structural, group approved or said not to be."""
    asked = api.kubectl("get", "crd", "-o", "yaml")
    found = yaml.load(asked.stdout, Loader=yaml.CSafeLoader)["items"]
    assert len(found) > 80
    for each in found:
        states = {condition["type"]: condition["status"] for condition in each["status"]["conditions"]}
        assert states["NamesAccepted"] == "True", each["metadata"]["name"]
        assert "NonStructuralSchema" not in states, each["metadata"]["name"]


@pytest.mark.parametrize("each", RELEASES, ids=str)
def test_objects_are_valid(each: Release, api: PlainApi, chart: Callable[[Release], Path]) -> None:
    """A strict dry run finds no field that is unknown, missing or wrong."""
    objects = [found for found in rendered(each, chart(each)) if found["kind"] != DEFINITION]
    for found in objects:
        # what helm and Flux add when they apply
        found["metadata"].setdefault("namespace", each.namespace)
    _apply(api, [_without_namespace(found) for found in objects], "--dry-run=server")


def _without_namespace(found: Document) -> Document:
    cluster_wide = found["kind"].startswith(
        ("Cluster", "Validating", "Mutating", "StorageClass", "VolumeSnapshotClass")
    )
    if cluster_wide:
        found["metadata"].pop("namespace")
    return found


def test_an_unknown_field_would_be_refused(api: PlainApi) -> None:
    """The test above can fail."""
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "default"}, "spec": {"a": 1}}
    done = api.kubectl(
        "apply", "--server-side", "--validate=strict", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(wrong)
    )
    assert done.returncode != 0
