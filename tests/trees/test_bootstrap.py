"""The helmfiles and resources of the bootstrap say what the tree says."""

from __future__ import annotations

import pytest

from tests.trees.reading import CLUSTERS, ROOT, Pinned, documents, flux_releases, folder_of, helmfile, of_kind, rendered

ORDER = [
    "kube-system/cilium",
    "kube-system/coredns",
    "system/spegel",
    "cert-manager/cert-manager",
    "flux-system/flux-operator",
    "flux-system/flux-instance",
]


def pinned(release: dict[str, str]) -> Pinned:
    return Pinned(release["name"], release["namespace"], release["chart"], release["version"])


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_38_every_release_of_the_bootstrap_is_the_one_that_flux_takes_over(cluster: str) -> None:
    """Name, namespace, chart and version are equal, so the handover changes nothing and nobody fights."""
    flux = {pin for pin, _, _ in flux_releases(cluster).values()}
    assert {pinned(release) for release in helmfile(cluster, "01-apps.yaml")} <= flux


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("name", ["00-crds.yaml", "01-apps.yaml"])
def test_failure_38_values_of_the_bootstrap_are_the_files_that_flux_uses(cluster: str, name: str) -> None:
    """One values file, two readers: helmfile by path, Flux through the generated ConfigMap."""
    flux = flux_releases(cluster)
    for release in helmfile(cluster, name):
        for value in release.get("values", ()):
            file = (ROOT / "kubernetes" / cluster / "bootstrap" / "helmfile.d" / value).resolve()
            _, path, document = flux[f"{release['namespace']}/{release['name']}"]
            assert file == path.parent / "helm" / "values.yaml"
            assert file.is_file()
            assert document["spec"]["valuesFrom"] == [{"kind": "ConfigMap", "name": f"{release['name']}-values"}]
            assert "values" not in document["spec"], "values beside valuesFrom would be known to Flux alone"
            (build,) = documents(path.with_name("kustomization.yaml"))
            (generator,) = build["configMapGenerator"]
            assert generator == {"name": f"{release['name']}-values", "files": ["values.yaml=./helm/values.yaml"]}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_releases_stand_in_the_declared_order_and_need_the_one_before(cluster: str) -> None:
    """Cilium, CoreDNS, Spegel, cert-manager, Flux: each needs the release before it."""
    releases = helmfile(cluster, "01-apps.yaml")
    assert [f"{release['namespace']}/{release['name']}" for release in releases] == ORDER
    assert [release.get("needs", []) for release in releases] == [[], *([need] for need in ORDER[:-1])]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_21_no_chart_gives_its_crds_and_is_installed_as_well(cluster: str) -> None:
    """CRDs that were applied outside of Helm cannot be imported by a release of the same chart."""
    crds, apps = ({r["chart"] for r in helmfile(cluster, name)} for name in ("00-crds.yaml", "01-apps.yaml"))
    assert crds
    assert crds.isdisjoint(apps)


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("name", ["00-crds.yaml", "01-apps.yaml"])
def test_helmfiles_are_plain_and_never_wait(cluster: str, name: str) -> None:
    """No Go template, no post-renderer (failure_1), no namespace without labels (failure_33), no wait: gates wait."""
    path = ROOT / "kubernetes" / cluster / "bootstrap" / "helmfile.d" / name
    text = path.read_text("utf-8")
    (document,) = documents(path)
    assert "{{" not in text
    assert "postRenderer" not in text
    assert document["helmDefaults"]["wait"] is False
    assert document["helmDefaults"]["createNamespace"] is False
    assert not any("wait" in release for release in document["releases"])


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_22_the_crds_of_every_kind_that_apps_use_are_applied_before_flux(cluster: str) -> None:
    """ServiceMonitor and ExternalSecret are used from the first releases on, so their charts are in 00-crds."""
    names = {release["name"] for release in helmfile(cluster, "00-crds.yaml")}
    assert {"kube-prometheus-stack", "external-secrets", "envoy-gateway"} <= names


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_33_namespaces_of_the_bootstrap_are_those_of_the_tree(cluster: str) -> None:
    """Same labels in resources.yaml.j2 and apps/: a DaemonSet is refused without an error where they are missing."""
    tree = {document["metadata"]["name"]: document for _, document in of_kind(cluster, "Namespace", "v1")}
    early = [doc for doc in rendered(cluster, "bootstrap/resources.yaml.j2") if doc["kind"] == "Namespace"]
    assert [document for document in early if document != tree[document["metadata"]["name"]]] == []
    needed = {release["namespace"] for release in helmfile(cluster, "01-apps.yaml")} - {"kube-system"}
    assert needed <= {document["metadata"]["name"] for document in early}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_failure_33_namespaces_allow_the_pods_that_are_put_there(cluster: str) -> None:
    """Spegel, Cilium and Ceph mount paths of the host; every other namespace stays at baseline."""
    levels = {
        document["metadata"]["name"]: document["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for _, document in of_kind(cluster, "Namespace", "v1")
    }
    privileged = {"kube-system", "system"} | ({"rook-ceph"} if cluster == "main" else set())
    assert {name for name, level in levels.items() if level == "privileged"} == privileged
    assert set(levels.values()) == {"privileged", "baseline"}
    assert {folder_of(cluster, path)[0] for _, path, _ in flux_releases(cluster).values()} <= levels.keys()
