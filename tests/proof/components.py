"""What a cluster is made of, and what stands for each part in the lab: the data of docs/proof.md's first table.

Verdicts are not in it: they are computed (tests.proof.judging). A part with `played_by` is a stand-in, whatever else it
says; a part without it is a program of the lab's catalog, or of the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lab.contents.workloads import Owner
from tests.proof import versions
from tests.proof.versions import Trees, Versions


@dataclass(frozen=True, slots=True)
class Component:
    """tree: what the clusters' files name. programs: of lab.toolbox.catalog; all of one tool. machines: a program that
    the lab takes from the machine. played_by: file or folder of the lab that plays it. pods: Deployments that these
    programs run as, as lab.contents.workloads names them. note: what the verdict alone does not say.
    """

    name: str
    tree: Callable[[Trees], Versions] = versions.none
    programs: tuple[str, ...] = ()
    machines: str = ""
    played_by: str = ""
    pods: tuple[Owner, ...] = ()
    note: str = ""


def _of_chart(name: str) -> Callable[[Trees], Versions]:
    return partial(versions.chart, name)


def _tool(name: str) -> Callable[[Trees], Versions]:
    return partial(versions.wanted_tool, name)


def _flux(name: str) -> Component:
    note = "the FluxInstance asks for a range"
    return Component(name, versions.flux_distribution, (name,), pods=(("flux-system", name),), note=note)


_CERT_MANAGER = ("cert-manager", "cert-manager-webhook", "cert-manager-cainjector")
_EXTERNAL_SECRETS = ("external-secrets", "external-secrets-webhook", "external-secrets-cert-controller")

REAL_PROGRAMS = (
    Component("talosctl", versions.talos, ("talosctl",)),
    Component("helm 3", _tool("helm"), ("helm",)),
    Component("helm 4", _tool("helm"), ("helm4",)),
    Component("helmfile", _tool("helmfile"), ("helmfile",)),
    Component("kubectl", versions.kubernetes, ("kubectl",)),
    Component(
        "Kubernetes' control plane",
        versions.kubernetes,
        ("kube-apiserver", "kube-controller-manager", "kube-scheduler"),
        note="Talos' flags and the machine config's extraArgs, as processes instead of static pods",
    ),
    Component(
        "etcd",
        versions.etcd,
        ("etcd", "etcdutl"),
        note="one member a control plane; the tree names none, Talos brings its own",
    ),
    Component(
        "CoreDNS",
        versions.coredns_image,
        ("coredns",),
        pods=(("kube-system", "coredns"),),
        note="the Corefile of the tree's values, bound to the pod's address",
    ),
    Component(
        "cert-manager",
        _of_chart("cert-manager"),
        ("cert-manager-controller", "cert-manager-webhook", "cert-manager-cainjector"),
        pods=tuple(("cert-manager", name) for name in _CERT_MANAGER),
        note="no ACME: no certificate authority of the internet can be reached",
    ),
    Component(
        "external-secrets",
        _of_chart("external-secrets"),
        ("external-secrets",),
        pods=tuple(("external-secrets", name) for name in _EXTERNAL_SECRETS),
    ),
    Component(
        "flux-operator", _of_chart("flux-operator"), ("flux-operator",), pods=(("flux-system", "flux-operator"),)
    ),
    Component(
        "Flux' manifests", versions.flux_artifact, ("flux-operator",), note="those that the lab's operator brings"
    ),
    _flux("source-controller"),
    _flux("kustomize-controller"),
    _flux("helm-controller"),
    Component("registry (distribution)", programs=("registry",), note="speaks for the registries of the internet"),
    Component("git", _tool("git"), machines="git", note="http-backend, behind a server of the lab"),
)

PLAYED = (
    Component(
        "Talos, on its machines",
        versions.talos,
        played_by="lab/talos",
        note="answers talosctl by Talos' own API description",
    ),
    Component("hardware: disks, MACs, power", played_by="lab/talos/hardware.py"),
    Component(
        "kubelet, containerd", versions.kubernetes, ("kwok",), played_by="lab/contents", note="pods without process"
    ),
    Component(
        "Cilium",
        _of_chart("cilium"),
        played_by="lab/contents/cilium.py",
        note="its objects only: no packet, no policy",
    ),
    Component(
        "Services' ClusterIPs", played_by="lab/contents/cluster_ips.py", note="only where a process stands behind"
    ),
    Component(
        "Services' load balancers", played_by="lab/contents/load_balancers.py", note="an address, nothing behind"
    ),
    Component("the API's VIP", versions.talos, played_by="lab/control_plane/vip.py"),
    Component("Spegel", _of_chart("spegel"), played_by="lab/contents", note="pods without process"),
    Component("rook-ceph", _of_chart("rook-ceph"), played_by="lab/contents/volumes.py", note="volumes bind; no data"),
    Component(
        "VolSync", _of_chart("volsync"), played_by="lab/contents/restores.py", note="restores end; no data moves"
    ),
    Component(
        "notification-controller", versions.flux_distribution, played_by="lab/contents", note="pods without process"
    ),
    Component("all other pods", played_by="lab/contents", note="pods without process; no image is pulled"),
    Component("1Password: op", played_by="lab/services/vault_op.py", note="the commands that a run uses"),
    Component(
        "1Password Connect",
        _of_chart("connect"),
        played_by="lab/services/connect.py",
        pods=(("external-secrets", "onepassword-connect"),),
        note="the endpoints that are asked",
    ),
    Component(
        "ghcr.io, quay.io, docker.io and others",
        programs=("registry",),
        played_by="lab/services/registry.py",
        note="hold the charts of the tree and Flux' manifests, nothing else",
    ),
    Component("github.com", played_by="lab/services/git_server.py", note="reads only"),
)

PODS_OF_CHARTS = {
    "cert-manager": "cert-manager",
    "connect": "1Password Connect",
    "coredns": "CoreDNS",
    "external-secrets": "external-secrets",
    "flux-operator": "flux-operator",
}
"""Charts whose pods have a row of their own above."""


def stand_in_charts(trees: Trees) -> tuple[Component, ...]:
    """Every chart of the trees: the lab serves its own under the published name and version."""
    return tuple(
        Component(
            f"chart {name}",
            _of_chart(name),
            played_by=f"lab/charts/{name}",
            note=f"its pods: {PODS_OF_CHARTS[name]}" if name in PODS_OF_CHARTS else "",
        )
        for name in versions.chart_names(trees)
    )


def components(trees: Trees) -> tuple[Component, ...]:
    """All rows, in the order of the page."""
    return (*REAL_PROGRAMS, *PLAYED, *stand_in_charts(trees))
