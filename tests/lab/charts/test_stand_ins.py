"""Every chart of the trees has a stand-in that helm takes, with the values that the trees really have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lab.services.chart_package import CHARTS
from lab.services.chart_reference import charts
from tests.lab.charts.releases import Release, helm, releases, rendered
from tests.trees.reading import CLUSTERS, ROOT
from tree import files

RELEASES = list(releases())


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_chart_of_a_tree_has_a_stand_in(cluster: str) -> None:
    """No release of a tree is without a chart in the lab."""
    wanted = charts(files.read(ROOT, f"kubernetes/{cluster}"))
    assert len(wanted) > 8, "hardly any chart was found: the search is broken"
    assert [each.name for each in wanted if not (CHARTS / each.name / "Chart.yaml").is_file()] == []


def test_every_stand_in_is_asked_for_by_a_tree() -> None:
    """What no tree asks for any more is not kept."""
    wanted = {each.name for cluster in CLUSTERS for each in charts(files.read(ROOT, f"kubernetes/{cluster}"))}
    assert {path.parent.name for path in CHARTS.glob("*/Chart.yaml")} == wanted


@pytest.mark.parametrize("each", RELEASES, ids=str)
def test_helm_finds_nothing_wrong(each: Release, chart: Callable[[Release], Path], tmp_path: Path) -> None:
    """The chart passes helm's own linter with the tree's values."""
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump(each.values))
    done = helm("lint", str(chart(each)), "--values", str(values), "--namespace", each.namespace)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("each", RELEASES, ids=str)
def test_objects_are_in_the_releases_namespace_and_named_once(each: Release, chart: Callable[[Release], Path]) -> None:
    """Nothing goes to another namespace by mistake, and no object stands twice."""
    objects = rendered(each, chart(each))
    assert objects
    spaces = {found["metadata"].get("namespace", each.namespace) for found in objects}
    assert spaces == {each.namespace}
    named = [(found["apiVersion"], found["kind"], found["metadata"]["name"]) for found in objects]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("each", RELEASES, ids=str)
def test_workloads_select_their_own_pods(each: Release, chart: Callable[[Release], Path]) -> None:
    """Every selector, of a workload or of a Service, fits the labels of one pod template of the release."""
    objects = rendered(each, chart(each))
    templates = [found["spec"]["template"] for found in objects if "template" in found.get("spec", {})]
    labels = [template["metadata"]["labels"].items() for template in templates]
    for found in objects:
        selector = found.get("spec", {}).get("selector") or {}
        if found["kind"] in ("Deployment", "DaemonSet", "StatefulSet", "Service"):
            wanted = selector.get("matchLabels", selector).items()
            fitting = sum(wanted <= own for own in labels)
            assert wanted, found["metadata"]["name"]
            assert fitting == 1, f"{found['kind']} {found['metadata']['name']} selects {fitting} workloads"


@pytest.mark.parametrize("each", RELEASES, ids=str)
def test_no_image_is_empty(each: Release, chart: Callable[[Release], Path]) -> None:
    """Every container has a repository and a tag."""
    for found in rendered(each, chart(each)):
        pod = found.get("spec", {}).get("template", {}).get("spec", {})
        for container in (*pod.get("initContainers", ()), *pod.get("containers", ())):
            repository, _, tag = container["image"].partition(":")
            assert "/" in repository, container["image"]
            assert tag.strip("v"), container["image"]
            assert "{" not in tag, container["image"]
