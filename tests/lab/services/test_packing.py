"""Charts are packed as `helm package` would: version, definitions and material, the same bytes every time."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from inventory.problem import BadInput
from lab.services.archive import archive
from lab.services.chart_package import Package, pack
from lab.services.chart_push import stand_ins
from lab.services.chart_reference import Reference
from lab.services.definitions import manifest, manifests, read
from lab.services.material import definitions

NAMES = {"listKind": "ThingList", "plural": "things", "singular": "thing", "kind": "Thing"}


def contents(package: Package) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(package.content)) as tar:
        files = [(entry, tar.extractfile(entry)) for entry in tar.getmembers()]
        return {entry.name: file.read().decode() for entry, file in files if file}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A chart that takes definitions from a table, and others from a tool's sources."""
    chart = tmp_path / "thing"
    (chart / "crds").mkdir(parents=True)
    (chart / "files").mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: thing\nversion: 0.0.0\nappVersion: 'v{version}'\n")
    (chart / "values.yaml").write_text("a: 1\n")
    (chart / "crds" / "definitions.txt").write_text("example.org Thing things Namespaced v1\n")
    (chart / "files" / "material.txt").write_text("tool config/crds\n")
    sources = tmp_path / "sources" / "config" / "crds"
    sources.mkdir(parents=True)
    (sources / "one.yaml").write_text("metadata:\n  labels:\n    app: '{{ template \"name\" . }}'\n")
    (sources / "kustomization.yaml").write_text("resources: [one.yaml]\n")
    return chart


@pytest.fixture
def taken(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: tmp_path / "sources" if name == "tool" else tmp_path / "nowhere"


def test_a_package_is_of_the_version_that_was_asked_for(folder: Path, taken: Callable[[str], Path]) -> None:
    """Version and app version stand in Chart.yaml and in what the registry shows of it."""
    package = pack(folder, "v1.2.3", taken)
    said = yaml.safe_load(contents(package)["thing/Chart.yaml"])
    assert (said["version"], said["appVersion"]) == ("v1.2.3", "v1.2.3")
    assert json.loads(package.metadata) == said
    assert (package.name, package.version) == ("thing", "v1.2.3")


def test_tables_and_material_are_written_out(folder: Path, taken: Callable[[str], Path]) -> None:
    """What stands for other files is not in the package, the others are."""
    found = contents(pack(folder, "1.0.0", taken))
    assert set(found) == {
        "thing/Chart.yaml",
        "thing/values.yaml",
        "thing/crds/definitions.yaml",
        "thing/files/one.yaml",
    }
    assert yaml.safe_load(found["thing/crds/definitions.yaml"])["metadata"]["name"] == "things.example.org"


def test_the_same_chart_is_the_same_bytes(folder: Path, taken: Callable[[str], Path]) -> None:
    """The digest follows from the content, not from time or order; another version has another one."""
    first, again = pack(folder, "1.0.0", taken), pack(folder, "1.0.0", taken)
    assert first.content == again.content
    assert pack(folder, "1.0.1", taken).content != first.content


def test_an_archive_has_no_time_in_it() -> None:
    """Neither gzip's header nor an entry has the time of its making, and entries are sorted."""
    packed = archive({"b": b"2", "a": b"1"})
    assert packed == archive({"a": b"1", "b": b"2"})
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
        assert [(entry.name, entry.mtime) for entry in tar.getmembers()] == [("a", 0), ("b", 0)]


@pytest.mark.usefixtures("folder")
def test_material_without_the_calls_of_its_own_chart(taken: Callable[[str], Path]) -> None:
    """cert-manager's definitions are pieces of a template: their calls become the tool's name."""
    found = definitions("tool config/crds", taken)
    assert list(found) == ["one.yaml"]
    assert yaml.safe_load(found["one.yaml"])["metadata"]["labels"] == {"app": "tool"}


def test_material_that_is_not_there(taken: Callable[[str], Path]) -> None:
    """A tool whose sources are not kept is named with the folder that was looked at."""
    with pytest.raises(FileNotFoundError, match="nowhere/config/crds holds no CustomResourceDefinition of other"):
        definitions("other config/crds", taken)


def test_a_definition() -> None:
    """Names, scope and versions are those of the row; the first version is the stored one."""
    (row,) = read("# a comment\n\nexample.org Thing things Cluster v2 v1\n")
    made = manifest(row)
    spec = made["spec"]
    assert isinstance(spec, dict)
    assert (spec["group"], spec["names"], spec["scope"]) == ("example.org", NAMES, "Cluster")
    assert [(each["name"], each["served"], each["storage"]) for each in spec["versions"]] == [
        ("v2", True, True),
        ("v1", True, False),
    ]


@pytest.mark.parametrize(("group", "marked"), [("gateway.networking.k8s.io", True), ("example.org", False)])
def test_a_protected_group_is_said_to_be_unapproved(group: str, marked: bool) -> None:
    """Definitions below k8s.io need a word about their approval."""
    made = yaml.safe_load(manifests(f"{group} Thing things Cluster v1"))
    assert ("annotations" in made["metadata"]) is marked


@pytest.mark.parametrize("row", ["example.org Thing things Cluster", "example.org Thing things v1 v2"])
def test_a_row_that_says_less_is_refused(row: str) -> None:
    """A table with a hole is not guessed at."""
    with pytest.raises(ValueError, match="expected group, kind, plural, scope, versions"):
        read(row)


def test_charts_without_a_stand_in_are_named_together() -> None:
    """Before anything is packed, all that are missing are known."""
    asked = [Reference("oci://ghcr.io/acme/unheard", "1.0.0"), Reference("oci://quay.io/acme/of", "2.0.0")]
    with pytest.raises(BadInput) as error:
        stand_ins(asked, Path)
    assert [problem.place for problem in error.value.problems] == [
        "oci://ghcr.io/acme/unheard:1.0.0",
        "oci://quay.io/acme/of:2.0.0",
    ]
