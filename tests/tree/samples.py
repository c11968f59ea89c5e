"""A small tree that is right, for the cluster alpha: one control plane, one worker, two apps. Tests make it wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inventory.model import Cluster
from inventory.problem import BadInput, Problem

ROOT = Path(__file__).parents[2]
TREE = "kubernetes/alpha"
SCHEMATIC = "37" * 32

MINIJINJA = (ROOT / ".minijinja.toml").read_text(encoding="utf-8")

MACHINE_CONFIG = """\
#| What all nodes share. |#
version: v1alpha1
machine:
  type: "#{ 'controlplane' if ENV.IS_CONTROL_PLANE else 'worker' }#"
  token: "op://alpha/talos/MACHINE_TOKEN"
  ca:
    crt: "op://alpha/talos/MACHINE_CA_CRT"
#% if ENV.IS_CONTROL_PLANE %#
    key: "op://alpha/talos/MACHINE_CA_KEY"
#% endif %#
  install:
    image: "factory.talos.dev/metal-installer/#{ ENV.TALOS_SCHEMATIC }#:#{ ENV.TALOS_VERSION }#"
  features:
    kubePrism: {enabled: true, port: 7445}
cluster:
  id: "op://alpha/talos/CLUSTER_ID"
  secret: "op://alpha/talos/CLUSTER_SECRET"
  token: "op://alpha/talos/CLUSTER_TOKEN"
  controlPlane:
    endpoint: "#{ ENV.CLUSTER_ENDPOINT }#"
  network:
    cni: {name: none}
  ca:
    crt: "op://alpha/talos/CLUSTER_CA_CRT"
#% if ENV.IS_CONTROL_PLANE %#
    key: "op://alpha/talos/CLUSTER_CA_KEY"
  proxy: {disabled: true}
  etcd:
    ca: {crt: "op://alpha/talos/ETCD_CA_CRT", key: "op://alpha/talos/ETCD_CA_KEY"}
  aggregatorCA: {crt: "op://alpha/talos/AGGREGATOR_CRT", key: "op://alpha/talos/AGGREGATOR_KEY"}
  serviceAccount: {key: "op://alpha/talos/SERVICE_ACCOUNT_KEY"}
  apiServer:
    image: "registry.k8s.io/kube-apiserver:#{ ENV.KUBERNETES_VERSION }#"
#% endif %#
"""

NODE = """\
machine:
  network:
    hostname: "#{ ENV.NODE_NAME }#"
  install:
    diskSelector:
      serial: "#{ ENV.INSTALL_DISK_SERIAL }#"
"""

TALOSCONFIG = """\
context: alpha
contexts:
  alpha:
    endpoints: ["#{ ENV.CONTROL_PLANES | replace(",", '", "') }#"]
    ca: "op://#{ ENV.SECRETS_VAULT }#/talos/MACHINE_CA_CRT"
"""

RESOURCES = """\
---
apiVersion: v1
kind: Namespace
metadata:
  name: external-secrets
---
apiVersion: v1
kind: Secret
metadata:
  name: onepassword-connect-secret
  namespace: external-secrets
stringData:
  token: "op://alpha/onepassword-connect/TOKEN"
"""

CRDS = """\
releases:
  - name: gateway
    namespace: network
    chart: oci://registry.example/gateway
    version: 1.0.0
"""

APPS = """\
releases:
  - name: cilium
    namespace: kube-system
    chart: oci://registry.example/cilium
    version: 1.20.1
  - name: coredns
    namespace: kube-system
    chart: oci://registry.example/coredns
    version: 1.47.0
    needs: [kube-system/cilium]
"""


def kustomization(name: str, namespace: str, path: str = "", **spec: str) -> str:
    """An install.yaml. spec: further fields of spec, as YAML texts."""
    more = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    where = path or f"./{TREE}/apps/{namespace}/{name}/app"
    head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
    return f"{head}metadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  path: {where}\n{more}"


def listing(*resources: str, components: tuple[str, ...] = (), namespace: str = "") -> str:
    """A kustomization.yaml."""
    text = "kind: Kustomization\n" + (f"namespace: {namespace}\n" if namespace else "")
    text += "resources:\n" + "".join(f"  - {resource}\n" for resource in resources)
    return text + ("components:\n" + "".join(f"  - {path}\n" for path in components) if components else "")


def helm_release(name: str) -> str:
    return f"---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: {name}\nspec: {{}}\n"


CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: ${CLAIM:=${APP}}
spec:
  dataSourceRef:
    kind: ReplicationDestination
    name: ${APP}-dst
"""

APP_FILES: Mapping[str, str] = {
    "apps/kustomization.yaml": listing("./media", "./system"),
    "apps/media/kustomization.yaml": listing("./plex/install.yaml"),
    "apps/media/plex/install.yaml": kustomization(
        "plex", "media", dependsOn="[{name: volsync, namespace: system}]", postBuild="{substitute: {APP: plex}}"
    ),
    "apps/media/plex/app/kustomization.yaml": listing(
        "./helmrelease.yaml", components=("../../../../components/volsync",)
    ),
    "apps/media/plex/app/helmrelease.yaml": helm_release("plex"),
    "apps/system/kustomization.yaml": listing("./volsync/install.yaml"),
    "apps/system/volsync/install.yaml": kustomization("volsync", "system"),
    "apps/system/volsync/app/helmrelease.yaml": helm_release("volsync"),
    "components/volsync/kustomization.yaml": listing("./pvc.yaml"),
    "components/volsync/pvc.yaml": CLAIM,
}

FILES: Mapping[str, str] = {
    ".minijinja.toml": MINIJINJA,
    f"{TREE}/talos/machineconfig.yaml.j2": MACHINE_CONFIG,
    f"{TREE}/talos/nodes/a-1.yaml.j2": NODE,
    f"{TREE}/talos/nodes/a-2.yaml.j2": NODE,
    f"{TREE}/talos/talosconfig.j2": TALOSCONFIG,
    f"{TREE}/bootstrap/resources.yaml.j2": RESOURCES,
    f"{TREE}/bootstrap/helmfile.d/00-crds.yaml": CRDS,
    f"{TREE}/bootstrap/helmfile.d/01-apps.yaml": APPS,
    **{f"{TREE}/{path}": text for path, text in APP_FILES.items()},
}


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write texts below root, by path."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Replace text in one file of the sample; an edit that finds nothing is the test's own defect."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text, f"{old!r} does not stand in {path}"
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def cluster(**changes: Any) -> Cluster:
    """The cluster alpha of the inventory, changed."""
    disk = {"serial": "S-1"}
    nodes = [
        {"name": "a-1", "address": "192.0.2.11", "role": "control-plane", "mac": "02:00:00:00:00:01"},
        {"name": "a-2", "address": "192.0.2.12", "role": "worker", "mac": "02:00:00:00:00:02"},
    ]
    fields: dict[str, Any] = {
        "name": "alpha",
        "protected": False,
        "tree": TREE,
        "endpoint": {"vip": "192.0.2.10", "name": "alpha.k8s.internal", "port": 6443},
        "network": {
            "nodes": "192.0.2.0/24",
            "pods": "10.42.0.0/16",
            "services": "10.43.0.0/16",
            "gateway": "192.0.2.1",
            "nameservers": ["192.0.2.1", "192.0.2.2"],
            "time_servers": ["time.example"],
        },
        "git": {"url": "https://git.example/owner/homelab", "branch": "main"},
        "secrets": {"vault": "alpha"},
        "identity": {
            "cluster_id": "op://alpha/talos/CLUSTER_ID",
            "talos_ca": "op://alpha/talos/MACHINE_CA_CRT",
            "kubernetes_ca": "op://alpha/talos/CLUSTER_CA_CRT",
        },
        "talos": {"version": "v1.11.5", "schematic": SCHEMATIC},
        "kubernetes": {"version": "v1.34.4"},
        "files": {"kubeconfig": "~/.alpha/kubeconfig", "talosconfig": "~/.alpha/talosconfig"},
        "nfs_server": "nas.example",
        "nodes": [{**node, "install_disk": disk} for node in nodes],
        "critical_apps": ["system/volsync"],
    }
    return Cluster.model_validate({**fields, **changes})


def refused(call: Any, *arguments: Any) -> tuple[Problem, ...]:
    """The problems with which a call is refused."""
    with pytest.raises(BadInput) as caught:
        call(*arguments)
    assert caught.value.__cause__ is None, "an operator must not be shown what the program tripped over"
    return caught.value.problems


def told(problems: tuple[Problem, ...]) -> list[str]:
    """The problems as they are printed."""
    return [str(problem) for problem in problems]
