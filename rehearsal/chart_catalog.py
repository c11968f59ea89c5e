"""What the charts of a homelab bring: their CustomResourceDefinitions and workloads, as far as a bootstrap sees them.

A chart that is not listed brings one Deployment named as its release, and no definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.workloads import Workload


@dataclass(frozen=True, slots=True)
class Chart:
    """definitions: as "group/version Kind". brings: whether installing the chart applies them itself. extra: name of
    what else it applies (rehearsal.chart_objects). of_kinds: what must be served before Helm takes the chart, beyond
    what Kubernetes always has, as "group/version/Kind"."""

    workloads: tuple[Workload, ...] = ()
    definitions: tuple[str, ...] = ()
    brings: bool = True
    extra: str = ""
    of_kinds: tuple[str, ...] = ()


def _kinds(group_version: str, kinds: str) -> tuple[str, ...]:
    return tuple(f"{group_version} {kind}" for kind in kinds.split())


CILIUM_KINDS = _kinds(
    "cilium.io/v2",
    "CiliumNode CiliumEndpoint CiliumIdentity CiliumNetworkPolicy CiliumClusterwideNetworkPolicy",
)
FLUX_KINDS = (
    *_kinds("source.toolkit.fluxcd.io/v1", "GitRepository OCIRepository HelmRepository HelmChart Bucket"),
    *_kinds("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    *_kinds("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    *_kinds("notification.toolkit.fluxcd.io/v1", "Receiver"),
    *_kinds("notification.toolkit.fluxcd.io/v1beta3", "Alert Provider"),
)
FLUX_CONTROLLERS = ("source-controller", "kustomize-controller", "helm-controller", "notification-controller")
_GATEWAY = (
    *_kinds("gateway.networking.k8s.io/v1", "GatewayClass Gateway HTTPRoute GRPCRoute BackendTLSPolicy"),
    *_kinds("gateway.networking.k8s.io/v1alpha2", "TLSRoute TCPRoute UDPRoute"),
    *_kinds("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"),
)
_ENVOY = _kinds(
    "gateway.envoyproxy.io/v1alpha1",
    "EnvoyProxy ClientTrafficPolicy BackendTrafficPolicy SecurityPolicy EnvoyExtensionPolicy EnvoyPatchPolicy Backend",
)
_CERT_MANAGER = (
    *_kinds("cert-manager.io/v1", "Certificate CertificateRequest Issuer ClusterIssuer"),
    *_kinds("acme.cert-manager.io/v1", "Order Challenge"),
)
_FLUX_OPERATOR = _kinds("fluxcd.controlplane.io/v1", "FluxInstance FluxReport ResourceSet ResourceSetInputProvider")
_MONITORED = ("monitoring.coreos.com/v1/ServiceMonitor",)
_CERT_MANAGER_IMAGE = "quay.io/jetstack/cert-manager"

CATALOG: Mapping[str, Chart] = {
    "cilium": Chart(
        (
            Workload("cilium", "quay.io/cilium/cilium", daemon=True, host_network=True, each_ready="agent_ready"),
            Workload(
                "cilium-operator",
                "quay.io/cilium/operator-generic",
                replicas=2,
                host_network=True,
                tolerates=True,
            ),
        ),
        CILIUM_KINDS,
        brings=False,
        extra="cilium",
    ),
    "coredns": Chart(
        (Workload("coredns", "mirror.gcr.io/coredns/coredns", replicas=2, tolerates=True, each_ready="dns_endpoint"),),
        extra="dns_service",
    ),
    "spegel": Chart((Workload("spegel", "ghcr.io/spegel-org/spegel", daemon=True),), of_kinds=_MONITORED),
    "cert-manager": Chart(
        (
            Workload("cert-manager", f"{_CERT_MANAGER_IMAGE}-controller"),
            Workload("cert-manager-cainjector", f"{_CERT_MANAGER_IMAGE}-cainjector", all_ready="webhook_trusted"),
            Workload("cert-manager-webhook", f"{_CERT_MANAGER_IMAGE}-webhook"),
        ),
        _CERT_MANAGER,
        extra="webhook",
        of_kinds=_MONITORED,
    ),
    "flux-operator": Chart(
        (Workload("flux-operator", "ghcr.io/controlplaneio-fluxcd/flux-operator", all_ready="flux_operator_ready"),),
        _FLUX_OPERATOR,
    ),
    "flux-instance": Chart((), extra="flux_instance", of_kinds=("fluxcd.controlplane.io/v1/FluxInstance",)),
    "gateway-helm": Chart((Workload("envoy-gateway", "docker.io/envoyproxy/gateway"),), (*_GATEWAY, *_ENVOY)),
    "external-secrets": Chart(
        (Workload("external-secrets", "ghcr.io/external-secrets/external-secrets"),),
        _kinds("external-secrets.io/v1", "ExternalSecret SecretStore ClusterSecretStore ClusterExternalSecret")
        + _kinds("external-secrets.io/v1alpha1", "PushSecret ClusterPushSecret"),
    ),
    "kube-prometheus-stack": Chart(
        (Workload("kube-prometheus-stack-operator", "quay.io/prometheus-operator/prometheus-operator"),),
        (
            *_kinds("monitoring.coreos.com/v1", "Alertmanager PodMonitor Prometheus PrometheusRule ServiceMonitor"),
            *_kinds("monitoring.coreos.com/v1", "Probe ThanosRuler"),
            *_kinds("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig PrometheusAgent ScrapeConfig"),
        ),
    ),
    "snapshot-controller": Chart(
        (Workload("snapshot-controller", "registry.k8s.io/sig-storage/snapshot-controller"),),
        _kinds("snapshot.storage.k8s.io/v1", "VolumeSnapshot VolumeSnapshotClass VolumeSnapshotContent"),
    ),
    "volsync": Chart(
        (Workload("volsync", "quay.io/backube/volsync"),),
        _kinds("volsync.backube/v1alpha1", "ReplicationSource ReplicationDestination"),
    ),
    "rook-ceph": Chart(
        (Workload("rook-ceph-operator", "docker.io/rook/ceph"),),
        _kinds("ceph.rook.io/v1", "CephCluster CephBlockPool CephFilesystem CephObjectStore"),
    ),
}


def chart_of(reference: str, release: str) -> Chart:
    """By the last part of a chart's reference: "oci://quay.io/cilium/charts/cilium" is "cilium"."""
    known = CATALOG.get(reference.rpartition("/")[2])
    return known or Chart((Workload(release, f"registry.example.org/{release}"),))
