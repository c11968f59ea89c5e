"""Helmfiles: releases in the order of the file, and everything that only helmfile could know named."""

from __future__ import annotations

from itertools import pairwise

import pytest

from inventory.problem import Problem
from tests.tree.samples import APPS, CRDS
from tree import overlap
from tree.helmfile import read
from tree.release import Release

PATH = "kubernetes/alpha/bootstrap/helmfile.d/01-apps.yaml"
ONE = "releases:\n  - name: a\n    namespace: n\n    chart: oci://registry.example/a\n    version: 1.0.0\n"


def releases_of(text: str) -> tuple[Release, ...]:
    releases, problems = read(text, PATH)
    assert problems == ()
    return releases


def problems_of(text: str) -> tuple[Problem, ...]:
    return read(text, PATH)[1]


def release(name: str, *lines: str) -> str:
    """An entry of `releases`, with further lines."""
    head = f"  - name: {name}\n    namespace: n\n    chart: oci://registry.example/{name}\n    version: 1.0.0\n"
    return head + "".join(f"    {line}\n" for line in lines)


def test_a_helmfile_gives_its_releases() -> None:
    """Every field, the line where the release begins, needs as names."""
    assert releases_of(APPS) == (
        Release("cilium", "kube-system", "oci://registry.example/cilium", "1.20.1", (), PATH, 2),
        Release("coredns", "kube-system", "oci://registry.example/coredns", "1.47.0", ("cilium",), PATH, 6),
    )


def test_the_order_is_that_of_the_file() -> None:
    """The declared order is what the operator reads."""
    names = ["z", "a", "m"]
    text = "releases:\n" + "".join(release(name) for name in names)
    assert [found.name for found in releases_of(text)] == names


def test_documents_are_one_after_another() -> None:
    """helmfile reads parts that are separated by ---, each with its own defaults."""
    text = "---\nhelmDefaults: {takeOwnership: true}\n" + ONE + "---\nreleases:\n" + release("b")
    assert [(found.name, found.take_ownership, found.line) for found in releases_of(text)] == [
        ("a", True, 4),
        ("b", False, 10),
    ]


@pytest.mark.parametrize(
    ("need", "expected"),
    [("n/b", "b"), ("b", "b"), ("context/n/b", "b")],
    ids=["qualified", "own namespace", "context"],
)
def test_needs_are_resolved_to_names(need: str, expected: str) -> None:
    """helmfile writes [[context/]namespace/]name; without a namespace it is the release's own."""
    text = "releases:\n" + release("b") + release("a", f"needs: ['{need}']")
    assert releases_of(text)[1].needs == (expected,)


def test_labels_are_those_of_the_release_and_of_the_file() -> None:
    """Releases are selected by them."""
    text = "commonLabels: {tier: core}\nreleases:\n" + release("a", "labels: {crd: 'yes', n: 1}")
    assert releases_of(text)[0].labels == (("tier", "core"), ("crd", "yes"), ("n", "1"))


@pytest.mark.parametrize(
    ("default", "own", "expected"),
    [("", "", False), ("true", "", True), ("", "true", True), ("true", "false", False)],
)
def test_ownership_is_taken_by_default_or_by_release(default: str, own: str, expected: bool) -> None:
    """The release's own word wins."""
    head = f"helmDefaults: {{takeOwnership: {default}}}\n" if default else ""
    text = head + "releases:\n" + release("a", *([f"takeOwnership: {own}"] if own else []))
    assert releases_of(text)[0].take_ownership is expected


@pytest.mark.parametrize("chart", ["../charts/a", "./a", "/charts/a"])
def test_a_chart_of_the_repository_needs_no_version(chart: str) -> None:
    """Its version is the commit."""
    assert releases_of(f"releases:\n  - {{name: a, namespace: n, chart: {chart}}}\n")[0].version == ""


def test_merge_keys_are_followed() -> None:
    """YAML's own way to share lines is no template."""
    text = "x: &x {namespace: n, version: 1.0.0}\nreleases:\n  - <<: *x\n    name: a\n    chart: oci://r.example/a\n"
    assert releases_of(text)[0].namespace == "n"


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (ONE.replace("    version: 1.0.0\n", ""), 2, "the version of the release a is missing"),
        (ONE.replace("1.0.0", "1.0"), 5, "the version of the release a is 1.0"),
        (ONE.replace("    chart: oci://registry.example/a\n", ""), 2, "the release a has no `chart`"),
        (ONE.replace("    namespace: n\n", ""), 2, "the release a has no `namespace`"),
        (ONE.replace("  - name: a\n    namespace", "  - namespace"), 2, "the release without a name has no `name`"),
        (ONE.replace("namespace: n", "namespace: 7"), 3, "the release a has no `namespace`"),
        (ONE.replace("1.0.0", '"{{ .Values.v }}"'), 5, "`version` of the release a is a Go template"),
        (ONE.replace("oci://registry.example/a", '"{{ x }}"'), 4, "`chart` of the release a is a Go template"),
        (ONE + "    needs: ['{{ x }}']\n", 6, "`needs` of the release a is a Go template"),
        (ONE + "    needs: n/b\n", 6, "`needs` of the release a is not a list"),
        (ONE + "    needs: [n/b]\n", 2, "needs n/b, which this helmfile does not have"),
        (ONE + "    needs: [other/a]\n", 2, "needs other/a, which this helmfile does not have"),
        (ONE + "    condition: a.enabled\n", 6, "`condition` is used"),
        (ONE + "    installed: false\n", 6, "`installed` is used"),
        (ONE + "    inherit: [{template: x}]\n", 6, "`inherit` is used"),
        (ONE + "bases: [x.yaml]\n", 6, "`bases` is used"),
        (ONE + "helmfiles: [x.yaml]\n", 6, "`helmfiles` is used"),
        (ONE + "environments: {default: {}}\n", 6, "`environments` is used"),
        (ONE + release("a"), 6, "the release a is declared twice, first in line 2"),
        (ONE + "    name: b\n", 6, "it is not YAML"),
        ("releases: [\n", 2, "it is not YAML"),
        ("releases:\n{{ if x }}\n  - name: a\n{{ end }}\n", 2, "`{{ if x }}` is used, which only helmfile"),
        ("releases: {a: 1}\n", 1, "`releases` is not a list"),
        ("releases:\n  - a\n", 1, "the release 'a' is not a mapping"),
        ("- a\n", 1, "it is not a mapping"),
        ("", 1, "it has no releases"),
        ("releases: []\n", 1, "it has no releases"),
        (ONE.replace("oci://registry.example/a", "repo/a"), 4, "of a repository `repo` that is not declared"),
    ],
)
def test_bad_helmfiles(text: str, line: int, part: str) -> None:
    """Each is told with its line."""
    problems = problems_of(text)
    assert problems[0].place == f"{PATH}:{line}", problems
    assert part in problems[0].what


def test_a_declared_repository_is_known() -> None:
    """The older way to name charts works as well."""
    text = "repositories: [{name: repo, url: https://charts.example}]\n" + ONE.replace("oci://registry.example", "repo")
    assert releases_of(text)[0].chart == "repo/a"


def test_releases_that_need_each_other() -> None:
    """A cycle would never begin; it is told in its order."""
    text = "releases:\n" + release("a", "needs: [n/b]") + release("b", "needs: [n/c]") + release("c", "needs: [n/a]")
    (problem,) = problems_of(text)
    names = problem.what.removeprefix("the releases ").removesuffix(" need each other").split(" -> ")
    assert names[0] == names[-1]
    assert {("a", "b"), ("b", "c"), ("c", "a")} == set(pairwise(names))


def test_all_problems_at_once() -> None:
    """Two releases with a defect each, and a feature that cannot be read."""
    text = "bases: [x]\nreleases:\n" + release("a", "needs: [n/x]") + release("b", "installed: false")
    assert len(problems_of(text)) == 3


def test_values_and_hooks_may_be_templates() -> None:
    """What is not read needs not be readable: helmfile renders it itself."""
    text = "releases:\n" + release("a", "values: ['{{ .Release.Name }}.yaml']", "hooks: [{args: ['{{ x }}']}]")
    assert releases_of(text)[0].name == "a"


def both(crd: str, app: str) -> list[str]:
    """Problems of a chart that is in both helmfiles, with further lines or edits of the release."""
    crds = read(CRDS.replace("gateway", "cilium").replace("1.0.0", crd), "00-crds.yaml")[0]
    releases = read(APPS.replace("version: 1.20.1\n", f"version: 1.20.1\n{app}"), "01-apps.yaml")[0]
    return [str(problem) for problem in overlap.problems(crds, releases)]


def test_failure_21_crds_applied_before_a_release_that_has_them_too() -> None:
    """Helm refuses objects without its marks, so it must take them over."""
    (problem,) = both("1.20.1", "")
    assert problem.startswith("01-apps.yaml:2: the CRDs of cilium are applied before it (00-crds.yaml:2)")


def test_failure_21_is_mended_by_taking_ownership() -> None:
    """The remedy that the problem names is one."""
    assert both("1.20.1", "    takeOwnership: true\n") == []


def test_crds_of_another_version() -> None:
    """A controller must not meet CRDs of another release."""
    (problem,) = both("1.19.0", "    takeOwnership: true\n")
    assert "cilium is 1.20.1, but its CRDs are of 1.19.0" in problem


def test_a_chart_in_one_helmfile_only_is_no_problem() -> None:
    """Flux installs the others."""
    assert list(overlap.problems(read(CRDS, "c")[0], read(APPS, "a")[0])) == []
