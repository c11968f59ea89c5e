"""What a tree asks registries for is found wherever it stands; what no lab can serve is named, all at once."""

from __future__ import annotations

import pytest

from inventory.problem import BadInput
from lab.services.chart_reference import Reference, charts, flux_manifests
from tests.trees.reading import CLUSTERS, ROOT, flux_releases, helmfile
from tree import files

REPOSITORY = """apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: app}
spec: {url: "oci://ghcr.io/acme/charts/app", ref: REF}
"""
HELM_REPOSITORY = """apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: acme}
spec: {url: "URL"}
"""
RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app}
spec: {chart: {spec: {chart: app, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}}}
"""
HELMFILE = """releases:
  - {name: app, namespace: default, chart: "oci://quay.io/acme/app", version: 2.0.0}
"""
INSTANCE = "instance: {distribution: {artifact: 'oci://ghcr.io/acme/manifests:v1'}}\n"


def tree(**contents: str) -> dict[str, bytes]:
    return {f"kubernetes/main/{path}": text.encode() for path, text in contents.items()}


FOUND = [
    ("of Flux", {"apps/a.yaml": REPOSITORY.replace("REF", "{tag: 1.0.0}")}, ("oci://ghcr.io/acme/charts/app", "1.0.0")),
    (
        "of a HelmRepository",
        {"apps/a.yaml": RELEASE, "apps/b.yaml": HELM_REPOSITORY.replace("URL", "oci://ghcr.io/acme/helm/")},
        ("oci://ghcr.io/acme/helm/app", "1.2.3"),
    ),
    ("of a helmfile", {"bootstrap/helmfile.d/01-apps.yaml": HELMFILE}, ("oci://quay.io/acme/app", "2.0.0")),
]


@pytest.mark.parametrize(("contents", "expected"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND])
def test_charts_are_found(contents: dict[str, str], expected: tuple[str, str]) -> None:
    """Each kind of source gives URL and version of its chart."""
    assert charts(tree(**contents)) == (Reference(*expected),)


def test_a_chart_is_named_once() -> None:
    """What helmfile and Flux both install is one chart."""
    twice = tree(
        **{
            "bootstrap/helmfile.d/01-apps.yaml": HELMFILE,
            "apps/a.yaml": REPOSITORY.replace("ghcr.io/acme/charts", "quay.io/acme").replace("REF", "{tag: 2.0.0}"),
        }
    )
    assert len(charts(twice)) == 1


NOT_SERVED = [
    ("a digest", {"apps/a.yaml": REPOSITORY.replace("REF", "{digest: 'sha256:00'}")}, "its ref has digest"),
    ("a digest too", {"apps/a.yaml": REPOSITORY.replace("REF", "{tag: 1, digest: 'sha256:00'}")}, "digest, tag"),
    ("a range", {"apps/a.yaml": REPOSITORY.replace("REF", "{semver: 1.x}")}, "its ref has semver"),
    ("nothing", {"apps/a.yaml": REPOSITORY.replace("REF", "{}")}, "its ref has nothing"),
    ("no repository", {"apps/a.yaml": RELEASE}, "HelmRepository is not in the tree"),
    (
        "an index",
        {"apps/a.yaml": RELEASE, "apps/b.yaml": HELM_REPOSITORY.replace("URL", "https://charts.example.org")},
        "https://charts.example.org",
    ),
]


@pytest.mark.parametrize(("contents", "said"), [case[1:] for case in NOT_SERVED], ids=[case[0] for case in NOT_SERVED])
def test_what_no_stand_in_can_be_found_for_is_named(contents: dict[str, str], said: str) -> None:
    """A chart by digest, by range or from elsewhere is a problem at its file."""
    with pytest.raises(BadInput) as error:
        charts(tree(**contents))
    (problem,) = error.value.problems
    assert said in str(problem)
    assert problem.place.startswith("kubernetes/main/apps/")


def test_all_problems_are_named_at_once() -> None:
    """Two charts that cannot be served are two problems."""
    both = tree(**{"apps/a.yaml": REPOSITORY.replace("REF", "{semver: 1.x}"), "apps/b.yaml": RELEASE})
    with pytest.raises(BadInput) as error:
        charts(both)
    assert len(error.value.problems) == 2


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_nothing_of_the_trees_is_missed(cluster: str) -> None:
    """Every chart that the trees' own tests know is among those that are found."""
    found = {(each.url, each.version) for each in charts(files.read(ROOT, f"kubernetes/{cluster}"))}
    of_flux = {(pinned.chart, pinned.version) for pinned, _, _ in flux_releases(cluster).values()}
    of_helmfiles = {
        (entry["chart"], entry["version"])
        for name in ("00-crds.yaml", "01-apps.yaml")
        for entry in helmfile(cluster, name)
    }
    assert found == of_flux | of_helmfiles


def test_manifests_of_flux_are_those_of_the_instance_and_of_the_charts_default() -> None:
    """Values of a file and of a HelmRelease both count."""
    values = tree(**{"apps/helm/values.yaml": INSTANCE, "apps/b.yaml": _in_release(INSTANCE.replace("v1", "v2"))})
    named = {(each.repository, each.version) for each in flux_manifests(values)}
    assert named == {
        ("acme/manifests", "v1"),
        ("acme/manifests", "v2"),
        ("controlplaneio-fluxcd/flux-operator-manifests", "latest"),
    }


def _in_release(values: str) -> str:
    return f"kind: HelmRelease\nmetadata: {{name: flux}}\nspec: {{values: {{{values.strip()}}}}}\n"


def test_a_repository_is_without_its_host() -> None:
    """All hosts share the lab's registry."""
    reference = Reference("oci://quay.io/cilium/charts/cilium", "1.20.1")
    assert (reference.repository, reference.name) == ("cilium/charts/cilium", "cilium")
