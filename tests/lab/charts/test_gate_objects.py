"""What the gates of the bootstrap look at, and what the lab's real controllers need, is in the stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.charts.releases import Release, one, release, rendered
from tests.trees.reading import CLUSTERS, Document, inventory

Chart = Callable[[Release], Path]


def objects(cluster: str, name: str, chart: Chart) -> list[Document]:
    each = release(cluster, name)
    return rendered(each, chart(each))


def definitions(found: list[Document]) -> dict[str, list[str]]:
    """Served versions of definitions by name."""
    return {
        each["metadata"]["name"]: [version["name"] for version in each["spec"]["versions"] if version["served"]]
        for each in found
        if each["kind"] == "CustomResourceDefinition"
    }


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_cilium(cluster: str, chart: Chart) -> None:
    """The agent is on every node, its own network or not; the operator has as many replicas as the tree says."""
    found = objects(cluster, "cilium", chart)
    agent = one(found, "DaemonSet", "cilium")["spec"]["template"]["spec"]
    operator = one(found, "Deployment", "cilium-operator")["spec"]
    assert agent["hostNetwork"] is True
    assert agent["tolerations"] == [{"operator": "Exists"}]
    assert operator["replicas"] == release(cluster, "cilium").values["operator"]["replicas"]
    assert operator["template"]["spec"]["hostNetwork"] is True
    assert operator["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert definitions(found)["ciliumnodes.cilium.io"] == ["v2"]
    assert not [each for each in found if each["metadata"]["name"] == "cilium-envoy"]


def test_cilium_obeys_the_tree(chart: Chart) -> None:
    """The capabilities that Talos gives and KubePrism's port reach the agent, the ranges its configuration."""
    found = objects("main", "cilium", chart)
    (agent,) = one(found, "DaemonSet", "cilium")["spec"]["template"]["spec"]["containers"]
    assert "SYS_MODULE" not in agent["securityContext"]["capabilities"]["add"]
    assert {"name": "KUBERNETES_SERVICE_PORT", "value": "7445"} in agent["env"]
    config = one(found, "ConfigMap", "cilium-config")["data"]
    assert config["ipv4-native-routing-cidr"] == str(inventory("main").network.pods)
    assert config["ipam"] == "kubernetes"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_coredns(cluster: str, chart: Chart) -> None:
    """Service kube-dns has the cluster's DNS address, for UDP and TCP, and CoreDNS two replicas."""
    found = objects(cluster, "coredns", chart)
    service = one(found, "Service", "kube-dns")["spec"]
    assert service["clusterIP"] in str(release(cluster, "coredns").values["service"])
    assert [(port["protocol"], port["port"]) for port in service["ports"]] == [("UDP", 53), ("TCP", 53)]
    assert service["selector"]["k8s-app"] == "kube-dns"
    assert one(found, "Deployment", "coredns")["spec"]["replicas"] == 2
    assert one(found, "ConfigMap", "coredns")["data"].keys() == {"Corefile"}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_spegel(cluster: str, chart: Chart) -> None:
    """Spegel is a DaemonSet that tolerates every node, and writes where containerd of Talos reads."""
    found = objects(cluster, "spegel", chart)
    pod = one(found, "DaemonSet", "spegel")["spec"]["template"]["spec"]
    assert {"effect": "NoSchedule", "operator": "Exists"} in pod["tolerations"]
    assert "/etc/cri/conf.d/hosts" in pod["initContainers"][0]["args"][1]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_cert_manager(cluster: str, chart: Chart) -> None:
    """Three Deployments, a Service that leads to the webhook, and two configurations that the CA is injected into."""
    found = objects(cluster, "cert-manager", chart)
    for name in ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook"):
        assert one(found, "Deployment", name)["spec"]["replicas"] == 1
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        webhook = one(found, kind, "cert-manager-webhook")
        secret = webhook["metadata"]["annotations"]["cert-manager.io/inject-ca-from-secret"]
        assert secret == "cert-manager/cert-manager-webhook-ca"
        (hook,) = webhook["webhooks"]
        assert hook["failurePolicy"] == "Fail"
        service = hook["clientConfig"]["service"]
        target = one(found, "Service", service["name"])
        assert target["metadata"]["namespace"] == service["namespace"]
        assert [port["port"] for port in target["spec"]["ports"]] == [443]
    served = definitions(found)
    assert set(served) == {
        "certificates.cert-manager.io", "certificaterequests.cert-manager.io", "issuers.cert-manager.io",
        "clusterissuers.cert-manager.io", "orders.acme.cert-manager.io", "challenges.acme.cert-manager.io",
    }  # fmt: skip
    assert all(versions == ["v1"] for versions in served.values())


def test_cert_manager_asks_the_resolvers_of_the_tree(chart: Chart) -> None:
    """The recursive name servers of the values are the controller's arguments."""
    deployment = one(objects("main", "cert-manager", chart), "Deployment", "cert-manager")
    (controller,) = deployment["spec"]["template"]["spec"]["containers"]
    given = release("main", "cert-manager").values["dns01RecursiveNameservers"]
    assert f"--dns01-recursive-nameservers={given}" in controller["args"]
    assert "--dns01-recursive-nameservers-only=true" in controller["args"]


def test_cert_manager_checks_itself_after_the_install(chart: Chart) -> None:
    """As published, the chart has a Job that helm waits for."""
    job = one(objects("main", "cert-manager", chart), "Job", "cert-manager-startupapicheck")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install"


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_flux(cluster: str, chart: Chart) -> None:
    """The operator brings FluxInstance; the instance is called flux and is the tree's."""
    operator = objects(cluster, "flux-operator", chart)
    assert one(operator, "Deployment", "flux-operator")["spec"]["replicas"] == 1
    assert definitions(operator)["fluxinstances.fluxcd.controlplane.io"] == ["v1"]
    instance = one(objects(cluster, "flux-instance", chart), "FluxInstance", "flux")["spec"]
    given = release(cluster, "flux-instance").values["instance"]
    assert instance["sync"] == given["sync"]
    assert instance["components"] == given["components"]
    assert instance["distribution"] == given["distribution"]
    assert instance["cluster"].items() >= given["cluster"].items()


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_external_secrets(cluster: str, chart: Chart) -> None:
    """Three Deployments, the definitions in the version that the tree uses, and webhooks that lead to a Service."""
    found = objects(cluster, "external-secrets", chart)
    replicas = {each["metadata"]["name"]: each["spec"]["replicas"] for each in found if each["kind"] == "Deployment"}
    wanted = release(cluster, "external-secrets").values["replicaCount"]
    assert replicas == {
        "external-secrets": wanted, "external-secrets-webhook": 1, "external-secrets-cert-controller": 1,
    }  # fmt: skip
    for name in ("externalsecrets", "secretstores", "clustersecretstores"):
        assert "v1" in definitions(found)[f"{name}.external-secrets.io"]
    for name in ("secretstore-validate", "externalsecret-validate"):
        for hook in one(found, "ValidatingWebhookConfiguration", name)["webhooks"]:
            one(found, "Service", hook["clientConfig"]["service"]["name"])


DEFINED: list[tuple[str, str, list[str]]] = [
    ("envoy-gateway", "httproutes.gateway.networking.k8s.io", ["v1", "v1beta1"]),
    ("envoy-gateway", "gateways.gateway.networking.k8s.io", ["v1", "v1beta1"]),
    ("envoy-gateway", "envoyproxies.gateway.envoyproxy.io", ["v1alpha1"]),
    ("kube-prometheus-stack", "servicemonitors.monitoring.coreos.com", ["v1"]),
    ("kube-prometheus-stack", "prometheusrules.monitoring.coreos.com", ["v1"]),
    ("kube-prometheus-stack", "scrapeconfigs.monitoring.coreos.com", ["v1alpha1"]),
    ("snapshot-controller", "volumesnapshots.snapshot.storage.k8s.io", ["v1"]),
    ("volsync", "replicationdestinations.volsync.backube", ["v1alpha1"]),
    ("rook-ceph-operator", "cephclusters.ceph.rook.io", ["v1"]),
    ("rook-ceph-operator", "drivers.csi.ceph.io", ["v1"]),
]


@pytest.mark.parametrize(("name", "definition", "versions"), DEFINED)
def test_definitions(name: str, definition: str, versions: list[str], chart: Chart) -> None:
    """Charts bring the definitions that others of the tree use, in the versions that are published."""
    assert definitions(objects("main", name, chart))[definition] == versions


def test_storage(chart: Chart) -> None:
    """The storage class that claims name is provisioned by the CSI driver that the tree enables."""
    cluster = objects("main", "rook-ceph-cluster", chart)
    drivers = objects("main", "ceph-csi-drivers", chart)
    enabled = [each["metadata"]["name"] for each in drivers if each["kind"] == "Driver"]
    assert [one(cluster, "StorageClass", "rook-ceph-block")["provisioner"]] == enabled
    assert [one(cluster, "VolumeSnapshotClass", "rook-ceph-block")["driver"]] == enabled
    assert [disk["name"] for disk in _spec(cluster)["storage"]["nodes"]] == ["k8s-4", "k8s-5", "k8s-6"]


def _spec(found: list[Document]) -> Any:
    return one(found, "CephCluster", "rook-ceph")["spec"]


def test_connect(chart: Chart) -> None:
    """Connect is where the secret store looks for it, with the credentials that the bootstrap wrote."""
    found = objects("main", "onepassword-connect", chart)
    ports = one(found, "Service", "onepassword-connect")["spec"]["ports"]
    assert 8080 in [port["port"] for port in ports]
    deployment = one(found, "Deployment", "onepassword-connect")["spec"]
    assert deployment["replicas"] == 2
    reference = deployment["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "onepassword-connect-secret", "key": "1password-credentials.json"}


def test_an_app(chart: Chart) -> None:
    """An app of app-template is named as its release, mounts the restored claim and is probed on its own port."""
    found = objects("main", "sonarr", chart)
    spec = one(found, "Deployment", "sonarr")["spec"]
    assert spec["strategy"] == {"type": "Recreate"}
    volumes = {volume["name"]: volume for volume in spec["template"]["spec"]["volumes"]}
    assert volumes["config"]["persistentVolumeClaim"] == {"claimName": "sonarr"}
    assert volumes["media"]["nfs"] == {"server": "synology.internal", "path": "/volume1/media"}
    assert volumes["tmp"]["emptyDir"] == {}
    assert [port["port"] for port in one(found, "Service", "sonarr")["spec"]["ports"]] == [8989]
    assert not [each for each in found if each["kind"] == "PersistentVolumeClaim"]


def test_an_app_without_probes_of_its_own_is_asked_for_its_port(chart: Chart) -> None:
    """A probe that is only enabled opens the port of the app's Service."""
    deployment = one(objects("main", "whoami", chart), "Deployment", "whoami")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["tcpSocket"] == {"port": 8080}
    assert container["livenessProbe"]["tcpSocket"] == {"port": 8080}
