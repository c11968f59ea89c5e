"""The lab's tools. The versions that are built stand in lab/tools/<tool>/go.mod too, where Renovate raises them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inventory.problem import BadInput, Problem
from lab.toolbox.tool import Binary, Probe, Tool

RECIPES = Path(__file__).parent.parent / "tools"
"""One folder a tool, with its go.mod and go.sum."""

_DASHED = Probe(("--version",), r"(?:[Vv]ersion:? |Kubernetes |/v3 )(\S+)")
_KUBERNETES = "k8s.io/kubernetes/cmd"
_FLUX = "github.com/fluxcd"
_CERT_MANAGER = "github.com/cert-manager/cert-manager"


def _kubernetes_settings(version: str) -> tuple[tuple[str, str], ...]:
    major, minor, _ = version.split(".")
    return tuple(
        (f"{package}.{variable}", value)
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        for variable, value in (("gitVersion", f"v{version}"), ("gitMajor", major), ("gitMinor", minor))
    )


def _helm3_settings(version: str, kubernetes: str) -> tuple[tuple[str, str], ...]:
    # a chart asks for the Kubernetes version; what helm assumes without a cluster is that of its client library
    major, minor = kubernetes.split(".")
    return (
        ("helm.sh/helm/v3/internal/version.version", f"v{version}"),
        *(
            (f"helm.sh/helm/v3/pkg/{package}.k8sVersion{part}", value)
            for package in ("chartutil", "lint/rules")
            for part, value in (("Major", major), ("Minor", minor))
        ),
    )


def _flux_controller(name: str, version: str, cold_s: float) -> Tool:
    module = f"{_FLUX}/{name}"
    return Tool(name, module, version, (Binary(name, module),), material=("config/crd/bases",), cold_s=cold_s)


TOOLS = (
    Tool(
        "kubernetes", "k8s.io/kubernetes", "1.34.4",
        (
            Binary("kube-apiserver", f"{_KUBERNETES}/kube-apiserver", probe=_DASHED),
            Binary("kube-controller-manager", f"{_KUBERNETES}/kube-controller-manager", probe=_DASHED),
            Binary("kube-scheduler", f"{_KUBERNETES}/kube-scheduler", probe=_DASHED),
            Binary(
                "kubectl", f"{_KUBERNETES}/kubectl",
                probe=Probe(("version", "--client", "-o", "json"), r'"gitVersion": "(\S+)"'),
            ),
        ),
        settings=_kubernetes_settings("1.34.4"), cold_s=275.0,
    ),
    Tool(
        "etcd", "go.etcd.io/etcd/server/v3", "3.6.16",
        (Binary("etcd", "go.etcd.io/etcd/server/v3", probe=_DASHED),), cold_s=24.0,
    ),
    Tool(
        "etcdutl", "go.etcd.io/etcd/etcdutl/v3", "3.6.16",
        (Binary("etcdutl", "go.etcd.io/etcd/etcdutl/v3", probe=Probe(("version",), r"etcdutl version: (\S+)")),),
        cold_s=10.0,
    ),
    Tool(
        "talosctl", "github.com/siderolabs/talos", "1.11.5",
        (
            Binary(
                "talosctl", "github.com/siderolabs/talos/cmd/talosctl",
                probe=Probe(("version", "--client"), r"Tag:\s+(\S+)"),
            ),
        ),
        material=("api/**/*.proto",), cold_s=137.0,
    ),
    Tool(
        "helm", "helm.sh/helm/v3", "3.20.2",
        (Binary("helm", "helm.sh/helm/v3/cmd/helm", probe=Probe(("version", "--short"), r"(\S+)")),),
        settings=_helm3_settings("3.20.2", kubernetes="1.35"), cold_s=57.0,
    ),
    Tool(
        "helm4", "helm.sh/helm/v4", "4.3.1",
        (Binary("helm4", "helm.sh/helm/v4/cmd/helm", file="helm", probe=Probe(("version", "--short"), r"(\S+)")),),
        settings=(("helm.sh/helm/v4/internal/version.version", "v4.3.1"),), cold_s=94.0,
    ),
    Tool(
        "helmfile", "github.com/helmfile/helmfile", "1.8.0",
        # its `version` asks for the latest release on the internet; --version does not
        (Binary("helmfile", "github.com/helmfile/helmfile", probe=_DASHED),), go="1.26.6", cold_s=249.0,
    ),
    Tool(
        "kwok", "sigs.k8s.io/kwok", "0.7.0",
        (Binary("kwok", "sigs.k8s.io/kwok/cmd/kwok", probe=_DASHED),), cold_s=82.0,
    ),
    Tool(
        "registry", "github.com/distribution/distribution/v3", "3.1.2",
        (Binary("registry", "github.com/distribution/distribution/v3/cmd/registry", probe=_DASHED),),
        settings=(("github.com/distribution/distribution/v3/version.version", "v3.1.2"),), cold_s=56.0,
    ),
    Tool(
        "coredns", "github.com/coredns/coredns", "1.14.3",
        (Binary("coredns", "github.com/coredns/coredns", probe=Probe(("-version",), r"CoreDNS-(\S+)")),), cold_s=113.0,
    ),
    _flux_controller("source-controller", "1.9.6", 183.0),
    _flux_controller("kustomize-controller", "1.9.5", 195.0),
    _flux_controller("helm-controller", "1.6.0", 112.0),
    Tool(
        "cert-manager", _CERT_MANAGER, "1.11.0",
        (
            Binary("cert-manager-controller", f"{_CERT_MANAGER}/cmd/controller"),
            Binary("cert-manager-webhook", f"{_CERT_MANAGER}/cmd/webhook"),
            Binary("cert-manager-cainjector", f"{_CERT_MANAGER}/cmd/cainjector"),
        ),
        settings=((f"{_CERT_MANAGER}/pkg/util.AppVersion", "v1.11.0"),),
        material=("deploy/crds",), cold_s=106.0,
    ),
    Tool(
        "external-secrets", "github.com/external-secrets/external-secrets", "0.20.4",
        (Binary("external-secrets", "github.com/external-secrets/external-secrets"),),
        material=("config/crds/bases",), cold_s=248.0,
    ),
    Tool(
        "flux-operator", "github.com/controlplaneio-fluxcd/flux-operator", "0.59.0",
        (Binary("flux-operator", "github.com/controlplaneio-fluxcd/flux-operator/cmd/operator"),),
        go="1.27.1", material=("config/crd/bases", "config/data"), prepare=("web/dist/index.html",), cold_s=158.0,
    ),
)  # fmt: skip


def chosen(names: Iterable[str] | None, tools: tuple[Tool, ...] = TOOLS) -> tuple[Tool, ...]:
    """The tools of these names, each that of a tool or of one of its programs; None is all. Raises BadInput."""
    if names is None:
        return tools
    wanted = tuple(names)
    known = {name: tool for tool in tools for name in (tool.name, *(binary.name for binary in tool.binaries))}
    problems = [
        Problem(name, "the lab has no tool of this name", f"one of {', '.join(sorted(known))}")
        for name in wanted
        if name not in known
    ]
    if problems:
        raise BadInput(problems)
    return tuple(tool for tool in tools if any(known[name] is tool for name in wanted))
