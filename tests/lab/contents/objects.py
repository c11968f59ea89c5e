"""Objects that the scenarios put into the plain cluster, and machine configs of its nodes."""

from __future__ import annotations

from typing import Any

from lab.machine_config import MachineConfig, Pki


def config(number: int, *, control_plane: bool) -> MachineConfig:
    """The machine config of k8s-<number>, as far as a kubelet looks at it."""
    return MachineConfig(
        text="",
        control_plane=control_plane,
        hostname=f"k8s-{number}",
        address=f"10.11.0.1{number}",
        vip="10.11.0.10",
        cluster_name="main",
        cluster_id="",
        endpoint="https://10.11.0.10:6443",
        machine_ca=Pki(""),
        kubernetes_ca=Pki(""),
        etcd_ca=None,
        aggregator_ca=None,
        service_account_key="",
        machine_token="",
        cert_sans=(),
        api_cert_sans=(),
        api_args={},
        controller_manager_args={},
        scheduler_args={},
        etcd_args={},
        secretbox_secret="",
        pod_security=None,
        cni="none",
        pod_subnets=("10.42.0.0/16",),
        service_subnets=("10.43.0.0/16",),
        node_labels={"topology.kubernetes.io/region": "main"},
        schedulable_control_planes=False,
        talos_version="v1.11.5",
        kubernetes_version="v1.34.4",
    )


def workload(kind: str, name: str, image: str, **pod: Any) -> dict[str, Any]:
    """A DaemonSet or Deployment whose pods tolerate every taint. pod: fields of the pod's spec; replicas: of itself."""
    labels = {"app": name}
    replicas = {} if kind == "DaemonSet" else {"replicas": pod.pop("replicas", 1)}
    containers = pod.pop("containers", [{"name": "main", "image": image}])
    spec = {"tolerations": [{"operator": "Exists"}], "containers": containers, **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            **replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def service(name: str, app: str, ports: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    """A Service of the pods of `app`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": app}, "ports": ports, **spec},
    }


def claim(name: str, storage: str) -> dict[str, Any]:
    """A PersistentVolumeClaim of a storage class."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "storageClassName": storage,
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def storage_class(name: str, mode: str) -> dict[str, Any]:
    """A storage class of a provisioner that exists nowhere."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "rook-ceph.rbd.csi.ceph.com",
        "volumeBindingMode": mode,
    }


def job(name: str) -> dict[str, Any]:
    """A Job of one pod."""
    pod = {
        "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "main", "image": "job:1"}],
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": {"spec": pod}}}
