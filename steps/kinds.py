"""The kinds of Kubernetes objects that gates read, spelled once."""

from estate.kubernetes import Kind

NODE = Kind("v1", "Node")
POD = Kind("v1", "Pod")
EVENT = Kind("v1", "Event")
CLAIM = Kind("v1", "PersistentVolumeClaim")
DEPLOYMENT = Kind("apps/v1", "Deployment")
DAEMON_SET = Kind("apps/v1", "DaemonSet")
ENDPOINT_SLICE = Kind("discovery.k8s.io/v1", "EndpointSlice")
SIGNING_REQUEST = Kind("certificates.k8s.io/v1", "CertificateSigningRequest")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
VALIDATING_WEBHOOK = Kind("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
CILIUM_NODE = Kind("cilium.io/v2", "CiliumNode")
CERTIFICATE = Kind("cert-manager.io/v1", "Certificate")
FLUX_INSTANCE = Kind("fluxcd.controlplane.io/v1", "FluxInstance")
GIT_REPOSITORY = Kind("source.toolkit.fluxcd.io/v1", "GitRepository")
KUSTOMIZATION = Kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
HELM_RELEASE = Kind("helm.toolkit.fluxcd.io/v2", "HelmRelease")
SECRET_STORE = Kind("external-secrets.io/v1", "ClusterSecretStore")
REPLICATION_DESTINATION = Kind("volsync.backube/v1alpha1", "ReplicationDestination")
