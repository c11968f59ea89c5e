"""Which workloads are real processes, and how each is run as one pod: the lab's table.

Arguments are those of the builds that the lab has, which may be older than the chart's. `{ip}` is the pod's address.
Whatever can listen on one address only listens on the pod's; what cannot listens on a free port of its own, to which
the pod's port leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.addresses import CONNECT

Owner = tuple[str, str]
"""Namespace and name of the Deployment."""


@dataclass(frozen=True, slots=True)
class Workload:
    """How one pod of a workload is run.

    argv: after the program; may name {ip}, {namespace}, {kubeconfig}, {data} (an own folder), {material}, {config},
    {secret}, {port} and {second_port} (free ports). program: "" where nothing is run and `leads` is all. health: URL
    that answers 200 when the pod is ready; "" where the program has none: then it is ready while it runs. leads: from a
    port of the pod to host:port. corefile: the ConfigMap whose Corefile is {config}. secret: a Secret whose values are
    files in {secret}. passed: flags of the chart's container that are passed on. material: name of it.
    """

    program: str
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    health: str = ""
    leads: Mapping[int, str] = field(default_factory=dict)
    corefile: str = ""
    secret: str = ""
    passed: tuple[str, ...] = ()
    material: str = ""


_FLUX_FLAGS = ("--watch-all-namespaces", "--log-level", "--concurrent", "--feature-gates", "--default-service-account")


def _flux(program: str, *argv: str) -> Workload:
    listens = ("--metrics-addr={ip}:8080", "--health-addr={ip}:9440", "--enable-leader-election=false")
    return Workload(
        program,
        (*listens, *argv),
        {"RUNTIME_NAMESPACE": "{namespace}", "TMPDIR": "{data}"},
        "http://{ip}:9440/healthz",
        passed=_FLUX_FLAGS,
    )


WORKLOADS: Mapping[Owner, Workload] = {
    ("kube-system", "coredns"): Workload(
        "coredns", ("-conf", "{config}"), health="http://{ip}:8181/ready", corefile="coredns"
    ),
    ("cert-manager", "cert-manager"): Workload(
        "cert-manager-controller",
        (
            "--kubeconfig={kubeconfig}",
            "--v=2",
            "--cluster-resource-namespace={namespace}",
            "--leader-elect=false",
            "--metrics-listen-address={ip}:9402",
        ),
        health="http://{ip}:9402/metrics",
    ),
    ("cert-manager", "cert-manager-cainjector"): Workload(
        "cert-manager-cainjector", ("--kubeconfig={kubeconfig}", "--v=2", "--leader-elect=false")
    ),
    ("cert-manager", "cert-manager-webhook"): Workload(
        "cert-manager-webhook",
        (
            "--kubeconfig={kubeconfig}",
            "--v=2",
            "--secure-port={port}",
            "--healthz-port={second_port}",
            "--dynamic-serving-ca-secret-namespace={namespace}",
            "--dynamic-serving-ca-secret-name=cert-manager-webhook-ca",
            "--dynamic-serving-dns-names=cert-manager-webhook,cert-manager-webhook.{namespace},"
            "cert-manager-webhook.{namespace}.svc",
        ),
        health="http://127.0.0.1:{second_port}/healthz",
        leads={10250: "127.0.0.1:{port}"},
    ),
    ("external-secrets", "external-secrets"): Workload(
        "external-secrets",
        ("--metrics-addr={ip}:8080", "--live-addr={ip}:8082", "--enable-leader-election=false"),
        health="http://{ip}:8080/metrics",
    ),
    ("external-secrets", "external-secrets-webhook"): Workload(
        "external-secrets",
        (
            "webhook",
            "--port={port}",
            "--dns-name=external-secrets-webhook.{namespace}.svc",
            "--cert-dir={secret}",
            "--check-interval=5m",
            "--metrics-addr={ip}:8080",
            "--healthz-addr={ip}:8081",
        ),
        health="http://{ip}:8081/readyz",
        leads={10250: "127.0.0.1:{port}"},
        secret="external-secrets-webhook",  # noqa: S106 - a Secret's name
    ),
    ("external-secrets", "external-secrets-cert-controller"): Workload(
        "external-secrets",
        (
            "certcontroller",
            "--crd-requeue-interval=5m",
            "--service-name=external-secrets-webhook",
            "--service-namespace={namespace}",
            "--secret-name=external-secrets-webhook",
            "--secret-namespace={namespace}",
            "--metrics-addr={ip}:8080",
            "--healthz-addr={ip}:8081",
            "--enable-leader-election=false",
        ),
        health="http://{ip}:8081/readyz",
    ),
    ("external-secrets", "onepassword-connect"): Workload(
        "", health="http://{ip}:8080/health", leads={8080: f"{CONNECT}:8080"}
    ),
    ("flux-system", "flux-operator"): Workload(
        "flux-operator",
        (
            "--storage-path={material}/config/data",
            "--enable-leader-election=false",
            "--web-server-port=0",
            "--metrics-addr={ip}:8080",
            "--health-addr={ip}:8081",
        ),
        {"RUNTIME_NAMESPACE": "{namespace}", "GODEBUG": "fips140=on", "TMPDIR": "{data}"},
        "http://{ip}:8081/readyz",
        material="flux-operator",
    ),
    ("flux-system", "source-controller"): _flux(
        "source-controller",
        "--storage-path={data}",
        "--storage-addr={ip}:9090",
        "--storage-adv-addr=source-controller.{namespace}.svc.cluster.local.",
    ),
    ("flux-system", "kustomize-controller"): _flux("kustomize-controller", "--requeue-dependency=2s"),
    ("flux-system", "helm-controller"): _flux("helm-controller", "--requeue-dependency=2s"),
}
