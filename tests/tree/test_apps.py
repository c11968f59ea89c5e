"""Apps: which are applied, what they depend on, which releases and volumes are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from inventory.problem import Problem
from tests.tree.samples import APP_FILES, CLAIM, TREE, helm_release, kustomization, listing
from tree.app import App
from tree.apps import read

PLEX = "apps/media/plex/install.yaml"


def files(**changes: str | None) -> dict[str, bytes]:
    """The sample's files; changes: by path, None removes."""
    texts = {**APP_FILES, **changes}
    return {f"{TREE}/{path}": text.encode() for path, text in sorted(texts.items()) if text is not None}


def apps_of(changes: Mapping[str, str | None]) -> dict[str, App]:
    apps, problems = read(files(**changes), TREE)
    assert problems == ()
    return {f"{app.namespace}/{app.name}": app for app in apps}


def problems_of(changes: Mapping[str, str | None]) -> tuple[Problem, ...]:
    return read(files(**changes), TREE)[1]


def test_an_app_with_all_that_it_has() -> None:
    """Releases below its path, the volume of the component by its substituted name, dependencies with namespaces."""
    assert apps_of({})["media/plex"] == App(
        name="plex",
        namespace="media",
        path=f"{TREE}/apps/media/plex/app",
        depends_on=("system/volsync",),
        file=f"{TREE}/{PLEX}",
        suspended=False,
        releases=("plex",),
        volumes=("plex",),
    )


def test_apps_are_sorted_by_namespace_and_name() -> None:
    """The order of a table, whatever the order of files."""
    assert list(apps_of({})) == ["media/plex", "system/volsync"]


def test_an_app_that_no_kustomization_lists_is_not_an_app() -> None:
    """A line that is commented out is how apps are switched off; a gate on it would wait endlessly."""
    assert list(apps_of({"apps/media/kustomization.yaml": "resources: []\n# - ./plex/install.yaml\n"})) == [
        "system/volsync"
    ]


def test_folders_without_a_kustomization_are_applied_whole() -> None:
    """Flux writes one for them that lists everything below."""
    bare = {
        "apps/kustomization.yaml": None,
        "apps/media/kustomization.yaml": None,
        "apps/system/kustomization.yaml": None,
    }
    assert list(apps_of(bare)) == ["media/plex", "system/volsync"]


@pytest.mark.parametrize(
    ("declared", "listed", "expected"),
    [
        ("  namespace: own\n", "", "own"),
        ("  namespace: own\n", "outer", "outer"),
        ("", "outer", "outer"),
        ("", "", "target"),
    ],
)
def test_the_namespace_of_a_kustomization(declared: str, listed: str, expected: str) -> None:
    """kustomize's `namespace` overrides what the file says; the target namespace is what remains."""
    text = kustomization("plex", "media", targetNamespace="target").replace("  namespace: media\n", declared)
    changes = {PLEX: text, "apps/media/kustomization.yaml": listing("./plex/install.yaml", namespace=listed)}
    assert f"{expected}/plex" in apps_of(changes)


def test_a_dependency_without_namespace_is_in_the_apps_own() -> None:
    """Flux reads it so."""
    changes = {
        PLEX: kustomization("plex", "media", dependsOn="[{name: db}]"),
        "apps/media/db/install.yaml": kustomization("db", "media", f"{TREE}/apps/media/plex/app"),
        "apps/media/kustomization.yaml": listing("./plex/install.yaml", "db/install.yaml"),
    }
    assert apps_of(changes)["media/plex"].depends_on == ("media/db",)


def test_several_kustomizations_in_one_file() -> None:
    """An operator and its instance often share an install.yaml."""
    two = kustomization("plex", "media") + "---\n" + kustomization("more", "media", f"./{TREE}/apps/media/plex/app")
    assert {"media/plex", "media/more"} <= set(apps_of({PLEX: two}))


def test_what_is_no_kustomization_of_flux_is_not_an_app() -> None:
    """kustomize's own kind has the same name."""
    other = "---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: other}\n"
    assert "media/other" not in apps_of({PLEX: kustomization("plex", "media") + other})


def test_dependencies_may_be_declared_in_the_cluster_folder() -> None:
    """The Kustomizations that stand above the apps are known too."""
    changes = {
        PLEX: kustomization("plex", "media", dependsOn="[{name: cluster-apps, namespace: flux-system}]"),
        "cluster/apps.yaml": kustomization("cluster-apps", "flux-system", TREE),
    }
    assert apps_of(changes)["media/plex"].depends_on == ("flux-system/cluster-apps",)


def test_a_suspended_app() -> None:
    """It is told apart, since Flux will not reconcile it."""
    assert apps_of({PLEX: kustomization("plex", "media", suspend="true")})["media/plex"].suspended


@pytest.mark.parametrize(
    ("substitute", "expected"),
    [
        ("{substitute: {APP: plex}}", "plex"),
        ("{substitute: {APP: plex, CLAIM: plex-config}}", "plex-config"),
        ("{substitute: {APP: 7}}", "7"),
    ],
)
def test_a_claim_has_the_name_that_flux_substitutes(substitute: str, expected: str) -> None:
    """With a default that is a variable itself, as the trees of the field write it."""
    assert apps_of({PLEX: kustomization("plex", "media", postBuild=substitute)})["media/plex"].volumes == (expected,)


def test_a_component_of_the_kustomization_itself() -> None:
    """spec.components counts like `components` of the folder."""
    changes = {
        "apps/media/plex/app/kustomization.yaml": listing("./helmrelease.yaml"),
        PLEX: kustomization(
            "plex", "media", components="[../../../../components/volsync]", postBuild="{substitute: {APP: p}}"
        ),
    }
    assert apps_of(changes)["media/plex"].volumes == ("p",)


@pytest.mark.parametrize(
    "claim",
    [
        CLAIM.replace("ReplicationDestination", "VolumeSnapshot"),
        CLAIM.replace("PersistentVolumeClaim", "Other"),
        "# ReplicationDestination\n" + CLAIM.replace("  dataSourceRef:\n    kind: ReplicationDestination\n", ""),
    ],
)
def test_other_claims_are_not_filled_from_a_backup(claim: str) -> None:
    """Only VolSync's are: the others come up empty by design."""
    assert apps_of({"components/volsync/pvc.yaml": claim})["media/plex"].volumes == ()


def test_releases_that_no_kustomization_lists_are_not_of_the_app() -> None:
    """A file that lies about is not applied."""
    assert apps_of({"apps/media/plex/app/old.yaml": helm_release("old")})["media/plex"].releases == ("plex",)


def test_several_releases() -> None:
    """In the order of the files."""
    text = helm_release("one") + helm_release("two")
    assert apps_of({"apps/media/plex/app/helmrelease.yaml": text})["media/plex"].releases == ("one", "two")


@pytest.mark.parametrize(
    ("changes", "place", "part"),
    [
        ({PLEX: kustomization("plex", "media", dependsOn="[{name: gone}]")}, f"{PLEX}:1", "depends on media/gone"),
        ({PLEX: kustomization("plex", "media", f"{TREE}/apps/media/gone")}, f"{PLEX}:1", "gone does not exist"),
        ({PLEX: kustomization("plex", "media", "./kubernetes/beta/x")}, f"{PLEX}:1", "spec.path is kubernetes/beta/x"),
        ({PLEX: kustomization("plex", "media", "''")}, f"{PLEX}:1", "has no spec.path"),
        ({PLEX: kustomization("", "media", f"{TREE}/components")}, f"{PLEX}:1", "has no metadata.name"),
        ({PLEX: kustomization("plex", "''")}, f"{PLEX}:1", "has no namespace"),
        ({PLEX: kustomization("plex", "media", dependsOn="volsync")}, f"{PLEX}:1", "spec.dependsOn is 'volsync'"),
        ({PLEX: kustomization("plex", "media", components="[../gone]")}, f"{PLEX}:1", "component ../gone does not"),
        ({"apps/media/kustomization.yaml": "resources: 7"}, "apps/media/kustomization.yaml:1", "`resources` is not"),
        ({PLEX: "a: [1\nb: 2\n"}, f"{PLEX}:2", "it is not YAML"),
        ({"apps/media/kustomization.yaml": "a: [1\nb: 2\n"}, "apps/media/kustomization.yaml:2", "it is not YAML"),
        (
            {"apps/media/kustomization.yaml": listing("./plex/install.yaml", "./gone/install.yaml")},
            "apps/media/kustomization.yaml:4",
            "it lists ./gone/install.yaml",
        ),
        (
            {"apps/media/plex/app/kustomization.yaml": listing("./helmrelease.yaml", "./gone.yaml")},
            "apps/media/plex/app/kustomization.yaml:4",
            "it lists ./gone.yaml",
        ),
        ({"apps/media/kustomization.yaml": listing("../media")}, "apps/media/kustomization.yaml:1", "includes itself"),
        ({"components/volsync/pvc.yaml": CLAIM + "  a: b: c\n"}, "components/volsync/pvc.yaml:9", "it is not YAML"),
        ({"cluster/x.yaml": "a: [1\nb: 2\n"}, "cluster/x.yaml:2", "it is not YAML"),
    ],
)
def test_bad_apps(changes: Mapping[str, str | None], place: str, part: str) -> None:
    """Each is told with its file and, where it can be known, its line."""
    (problem, *_) = problems_of(changes)
    assert problem.place == f"{TREE}/{place}", problem
    assert part in problem.what


def test_an_unknown_dependency_comes_with_what_was_meant() -> None:
    """The usual mistake is the namespace."""
    (problem,) = problems_of({PLEX: kustomization("plex", "media", dependsOn="[{name: volsync}]")})
    assert "did you mean system/volsync?" in problem.expected


def test_apps_that_depend_on_each_other() -> None:
    """Flux would wait endlessly, with both named as not ready."""
    changes = {
        "apps/system/volsync/install.yaml": kustomization(
            "volsync", "system", dependsOn="[{name: plex, namespace: media}]"
        )
    }
    (problem,) = problems_of(changes)
    assert problem.what.endswith("depend on each other")
    assert {"media/plex", "system/volsync"} <= set(problem.what.split())


def test_two_apps_of_one_name() -> None:
    """Flux would apply one over the other."""
    changes = {
        "apps/media/more/install.yaml": kustomization("plex", "media"),
        "apps/media/kustomization.yaml": listing("./plex/install.yaml", "./more/install.yaml"),
    }
    (problem,) = problems_of(changes)
    assert "media/plex is declared twice" in problem.what


def test_all_problems_at_once() -> None:
    """Defects of several files are told together."""
    changes = {
        PLEX: kustomization("plex", "media", dependsOn="[{name: gone}]"),
        "apps/system/volsync/install.yaml": kustomization("volsync", "system", f"{TREE}/nowhere"),
        "apps/system/kustomization.yaml": listing("./volsync/install.yaml", "./missing.yaml"),
    }
    assert len(problems_of(changes)) == 3


def test_a_remote_resource_is_not_looked_for_in_the_tree() -> None:
    """kustomize fetches it; reading the tree dials nothing."""
    changes = {
        "apps/media/plex/app/kustomization.yaml": listing("./helmrelease.yaml", "https://git.example/x.yaml?ref=v1")
    }
    assert apps_of(changes)["media/plex"].releases == ("plex",)


def test_a_tree_without_apps_has_none(tmp_path: Path) -> None:
    """A cluster that runs nothing yet is no error."""
    assert read({f"{TREE}/talos/x": b""}, TREE) == ((), ())
