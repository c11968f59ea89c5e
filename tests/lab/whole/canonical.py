"""What "the same final state" means of a lab, asked of it by kubectl, helm and talosctl. Run inside: prints JSON.

Left out is what differs between any two clusters, however they were made: generated values (PKI, tokens, UIDs,
addresses that were handed out), times, what lives shortly (pods, events, leases, endpoints), and counts of how often
something was done: a release that a killed run had begun has a revision more, and an object that it applied again may
have a later generation and history.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import yaml

from edges.field_mask import masked

Canonical = dict[str, Any]
_EPHEMERAL = frozenset(
    {
        "pods", "events", "events.events.k8s.io", "endpoints", "endpointslices.discovery.k8s.io",
        "leases.coordination.k8s.io", "certificatesigningrequests.certificates.k8s.io", "componentstatuses",
        "controllerrevisions.apps", "replicasets.apps", "ipaddresses.networking.k8s.io",
        "fluxreports.fluxcd.controlplane.io",
        "ciliumendpoints.cilium.io", "ciliumidentities.cilium.io", "certificaterequests.cert-manager.io",
        "helmcharts.source.toolkit.fluxcd.io", "customresourcedefinitions.apiextensions.k8s.io",
    }
)  # fmt: skip
_GENERATED = frozenset(
    {"clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "caBundle", "volumeName", "uid", "podCIDR",
     "podCIDRs", "providerID", "resourceVersion"}
)  # fmt: skip
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b")
_RECORD = re.compile(r"sh\.helm\.release\.v1\.(?P<name>.+)\.v\d+")


def canonical(control_planes: Sequence[str], nodes: Sequence[str]) -> Canonical:
    """A JSON-able value: equal for two labs in the same final state."""
    return {
        "etcd": {address: _members(address) for address in control_planes},
        "machines": {address: _machine(address) for address in nodes},
        "releases": _releases(),
        "definitions": sorted(_said("kubectl", "get", "customresourcedefinitions", "-o", "name").split()),
        "objects": _objects(),
    }


def _members(address: str) -> list[list[str]]:
    table = _said("talosctl", "--nodes", address, "--endpoints", address, "etcd", "members").splitlines()[1:]
    return sorted([row.split()[2], row.split()[-1]] for row in table)


def _machine(address: str) -> Canonical:
    where = ("--nodes", address, "--endpoints", address)
    config = json.loads(_said("talosctl", *where, "get", "machineconfig", "v1alpha1", "--output", "json"))
    status = json.loads(_said("talosctl", *where, "get", "machinestatus", "--output", "json"))
    return {"config": _digest(_without_values(config["spec"])), "status": status["spec"]}


def _without_values(text: str) -> list[Any]:
    """The documents of a machine config with its secrets masked, and the cluster's id, which is generated too."""
    documents = [document for document in yaml.safe_load_all(masked(text)) if document]
    for document in documents:
        document.get("cluster", {}).pop("id", None)
    return documents


def _releases() -> Canonical:
    listed = json.loads(_said("helm", "list", "--all-namespaces", "--all", "--output", "json"))
    return {f"{each['namespace']}/{each['name']}": [each["chart"], each["status"]] for each in listed}


def _objects() -> Canonical:
    kinds = _said("kubectl", "api-resources", "--verbs=list", "-o", "name").split()
    wanted = ",".join(kind for kind in kinds if kind not in _EPHEMERAL)
    found = json.loads(_said("kubectl", "get", wanted, "--all-namespaces", "-o", "json"))["items"]
    return {_name(each): _object(each) for each in found}


def _name(obj: dict[str, Any]) -> str:
    meta = obj["metadata"]
    name = _RECORD.sub(r"record of \g<name>", meta["name"]) if obj["kind"] == "Secret" else meta["name"]
    if obj["kind"] == "PersistentVolume":  # called after the UID of its claim
        name = f"of {obj['spec'].get('claimRef', {}).get('name')}"
    return f"{obj['apiVersion']} {obj['kind']} {meta.get('namespace', '')}/{_UID.sub('UID', name)}"


def _object(obj: dict[str, Any]) -> Canonical:
    if obj["kind"] in ("Secret", "ConfigMap"):
        return {"keys": sorted(obj.get("data", {}))}
    meta, status = obj["metadata"], obj.get("status", {})
    content = {key: value for key, value in obj.items() if key not in ("metadata", "status")}
    return {
        "labels": meta.get("labels", {}),
        "ending": "deletionTimestamp" in meta,
        "content": _plain(content),
        "conditions": _conditions(status),
        "counts": {key: value for key, value in sorted(status.items()) if key.lower().endswith(("replicas", "number"))},
        "phase": status.get("phase", ""),
    }


def _conditions(status: dict[str, Any]) -> Canonical:
    """Type -> status and reason. UpgradeSucceeded is InstallSucceeded: which one it was depends on how often it ran."""
    found = status.get("conditions") or []
    return {
        each["type"]: [each["status"], str(each.get("reason", "")).replace("UpgradeSucceeded", "InstallSucceeded")]
        for each in found
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in sorted(value.items()) if key not in _GENERATED}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return _COMMIT.sub("COMMIT", _UID.sub("UID", value)) if isinstance(value, str) else value


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _said(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv[:4])}: {done.stderr[-800:]}")
    return done.stdout


if __name__ == "__main__":
    print(json.dumps(canonical(sys.argv[1].split(","), sys.argv[2].split(","))))
