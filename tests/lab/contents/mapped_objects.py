"""CoreDNS and cert-manager as small manifests, under the names that the real charts use."""

from __future__ import annotations

from typing import Any

from tests.lab.contents.objects import service, workload

COREFILE = """dns://.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus 0.0.0.0:9153
    cache 30
    loop
    reload
}
"""


def account(name: str) -> dict[str, Any]:
    """A ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}


def binding(name: str, namespace: str, role: str) -> dict[str, Any]:
    """Gives a cluster role to the service account of this name."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }


def coredns() -> list[dict[str, Any]]:
    """CoreDNS without the right to read anything."""
    ports = [{"name": f"dns-{name}", "port": 53, "protocol": name.upper()} for name in ("udp", "tcp")]
    return [
        account("coredns"),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns"},
            "data": {"Corefile": COREFILE},
        },
        workload("Deployment", "coredns", "coredns:1", replicas=2, serviceAccountName="coredns"),
        service("kube-dns", "coredns", ports, clusterIP="10.43.0.10"),
    ]


def cert_manager() -> list[dict[str, Any]]:
    """cert-manager's three parts and the Service of its webhook."""
    names = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
    return [
        *(account(name) for name in names),
        *(workload("Deployment", name, f"{name}:1", serviceAccountName=name) for name in names),
        service("cert-manager-webhook", "cert-manager-webhook", [{"name": "https", "port": 443, "targetPort": 10250}]),
    ]


def webhook(kind: str) -> dict[str, Any]:
    """What makes the API server ask cert-manager's webhook. kind: Validating or Mutating."""
    path = {"Validating": "/validate", "Mutating": "/mutate"}[kind]
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{kind}WebhookConfiguration",
        "metadata": {
            "name": "cert-manager-webhook",
            "annotations": {"cert-manager.io/inject-ca-from-secret": "cert-manager/cert-manager-webhook-ca"},
        },
        "webhooks": [
            {
                "name": "webhook.cert-manager.io",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {
                    "service": {"name": "cert-manager-webhook", "namespace": "cert-manager", "path": path}
                },
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "rules": [
                    {
                        "apiGroups": ["cert-manager.io"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["*/*"],
                    }
                ],
            }
        ],
    }


def stores_webhook() -> dict[str, Any]:
    """What makes the API server ask external-secrets' webhook about stores."""
    service = {"name": "external-secrets-webhook", "namespace": "external-secrets"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "secretstore-validate", "labels": {"external-secrets.io/component": "webhook"}},
        "webhooks": [
            {
                "name": "validate.secretstore.external-secrets.io",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"service": {**service, "path": "/validate-external-secrets-io-v1-secretstore"}},
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "rules": [
                    {
                        "apiGroups": ["external-secrets.io"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE", "DELETE"],
                        "resources": ["secretstores"],
                    }
                ],
            }
        ],
    }


def certificate(name: str, **spec: Any) -> dict[str, Any]:
    """A Certificate of the self-signed issuer."""
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": name},
        "spec": {"secretName": name, "dnsNames": [f"{name}.invalid"], "issuerRef": {"name": "self"}, **spec},
    }


ISSUER: dict[str, Any] = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Issuer",
    "metadata": {"name": "self"},
    "spec": {"selfSigned": {}},
}
