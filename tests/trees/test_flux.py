"""What each app tells Flux."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from tests.trees.reading import CLUSTERS, flux_releases, folder_of, inventory, kustomizations, of_kind

SOURCE = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}


def apps(cluster: str) -> dict[str, set[str]]:
    """Apps with what they depend on, as namespace/name."""
    return {
        key: {f"{need['namespace']}/{need['name']}" for need in document["spec"].get("dependsOn", ())}
        for key, (_, document) in kustomizations(cluster).items()
    }


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_dependency_is_an_app_of_the_tree_and_none_waits_for_itself(cluster: str) -> None:
    """Flux would wait for ever for an app that does not exist, or for a cycle."""
    graph = apps(cluster)
    assert {need for needs in graph.values() for need in needs} <= graph.keys()
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == graph.keys()


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_critical_app_of_the_inventory_is_an_app_of_the_tree(cluster: str) -> None:
    """The bootstrap would wait for a Kustomization that nobody declares."""
    assert set(inventory(cluster).critical_apps) <= apps(cluster).keys()


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_install_yaml_is_the_entry_of_its_own_folder(cluster: str) -> None:
    """InstallYamlPattern: names follow the path, Flux prunes, waits, retries, and ends."""
    declared = {key: found for key, found in kustomizations(cluster).items() if key != "flux-system/cluster-apps"}
    assert declared
    for path, document in declared.values():
        namespace, app = folder_of(cluster, path)
        spec = document["spec"]
        assert path.name == "install.yaml"
        assert document["metadata"] == {"name": app, "namespace": namespace}
        assert spec["path"] == f"./kubernetes/{cluster}/apps/{namespace}/{app}/app"
        assert spec["sourceRef"] == SOURCE
        assert (spec["targetNamespace"], spec["interval"]) == (namespace, "1h")
        assert (spec["prune"], spec["wait"]) == (True, True)
        assert spec["retryInterval"].endswith("m")
        assert spec["timeout"].endswith("m")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_37_every_release_is_retried_until_it_succeeds(cluster: str) -> None:
    """A finite number of retries is burnt by slow pulls, and then nobody tries again."""
    for _, path, document in flux_releases(cluster).values():
        spec = document["spec"]
        assert spec["install"]["strategy"] == {"name": "RetryOnFailure"}, path
        assert spec["upgrade"]["strategy"] == {"name": "RetryOnFailure"}, path
        assert spec["interval"] == "1h", path
        assert "values" in spec or "valuesFrom" in spec, path


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_app_that_uses_secrets_depends_on_the_store(cluster: str) -> None:
    """ExternalSecretSync: a secret is asked of the store only when the store answers."""
    graph = apps(cluster)
    for path, document in of_kind(cluster, "ExternalSecret", "external-secrets.io"):
        assert document["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "onepassword-connect"}
        if "components" not in path.parts:
            namespace, app = folder_of(cluster, path)
            assert "external-secrets/stores" in graph[f"{namespace}/{app}"]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_app_of_app_template_depends_on_its_source(cluster: str) -> None:
    """The HelmRepository stands in flux-system, as an app of its own."""
    graph = apps(cluster)
    for key, (_, _, document) in flux_releases(cluster).items():
        assert ("flux-system/sources" in graph[key]) == ("chart" in document["spec"]), key


@pytest.mark.parametrize("app", ["media/radarr", "media/sonarr"])
def test_a_volume_with_a_backup_is_claimed_by_the_name_that_the_component_gives(app: str) -> None:
    """The claim, the restore and the backup are all named by APP, and the release uses that claim."""
    path, document = kustomizations("main")[app]
    name = document["spec"]["postBuild"]["substitute"]["APP"]
    _, _, release = flux_releases("main")[app]
    assert name == app.partition("/")[2]
    assert release["spec"]["values"]["persistence"]["config"]["existingClaim"] == name
    assert {"rook-ceph/rook-ceph-cluster", "system/volsync", "external-secrets/stores"} <= apps("main")[app]
    text = (path.parent / "app" / "kustomization.yaml").read_text("utf-8")
    assert "components/volsync" in text


def test_the_component_fills_a_new_claim_from_the_last_backup() -> None:
    """dataSourceRef of the claim names the ReplicationDestination, and both movers use the same repository."""
    ((_, claim),) = of_kind("main", "PersistentVolumeClaim", "v1")
    ((_, restore),) = of_kind("main", "ReplicationDestination", "volsync.backube/v1alpha1")
    ((_, backup),) = of_kind("main", "ReplicationSource", "volsync.backube/v1alpha1")
    source = claim["spec"]["dataSourceRef"]
    assert source == {"apiGroup": "volsync.backube", "kind": restore["kind"], "name": restore["metadata"]["name"]}
    assert restore["metadata"]["name"] == "${APP}-dst"
    assert backup["spec"]["sourcePVC"] == claim["metadata"]["name"]
    assert restore["spec"]["restic"]["repository"] == backup["spec"]["restic"]["repository"] == "${APP}-volsync-secret"
    assert claim["spec"]["storageClassName"] == "rook-ceph-block"
