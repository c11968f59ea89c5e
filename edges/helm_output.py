"""What helm prints, as our values. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bootstrap.errors import Transient
from estate.charts import ReleaseStatus
from estate.kubernetes import Kind, Manifest, ObjectRef

_BORDER = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_DEFINITION = re.compile(r"^kind:[ \t]*[\"']?CustomResourceDefinition[\"']?[ \t]*$", re.MULTILINE)
_CLUSTER_WIDE = frozenset(
    {
        "APIService", "CSIDriver", "CustomResourceDefinition", "DeviceClass", "FlowSchema", "GatewayClass",
        "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "RuntimeClass",
        "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration", "VolumeAttributesClass", "VolumeSnapshotClass",
    }
)  # fmt: skip


def definitions(rendered: str) -> tuple[Manifest, ...]:
    """The CustomResourceDefinitions of a rendered chart; the rest is not even parsed."""
    return tuple(
        document
        for part in _BORDER.split(rendered)
        if _DEFINITION.search(part)
        for document in _documents(part)
        if document.get("kind") == "CustomResourceDefinition"
    )


def references(manifest: str, namespace: str) -> tuple[ObjectRef, ...]:
    """The objects of a release's manifest. namespace: of the release; Helm puts an object there that names none."""
    found = (_reference(each, namespace) for each in _documents(manifest))
    return tuple(dict.fromkeys(found))


def _reference(document: Mapping[str, Any], namespace: str) -> ObjectRef:
    kind, meta = str(document["kind"]), document["metadata"]
    where = None if _is_cluster_wide(kind) else str(meta.get("namespace") or namespace)
    return ObjectRef(Kind(str(document["apiVersion"]), kind), str(meta["name"]), where)


def _is_cluster_wide(kind: str) -> bool:
    """Kubernetes' own kinds by name; those of others call themselves so (ClusterIssuer, CiliumClusterwide...)."""
    return kind in _CLUSTER_WIDE or kind.startswith("Cluster") or "Clusterwide" in kind


def _documents(text: str) -> Iterator[Mapping[str, Any]]:
    for document in yaml.load_all(text, yaml.CSafeLoader):
        if isinstance(document, dict):
            items = document.get("items") if str(document.get("kind", "")).endswith("List") else None
            yield from items if isinstance(items, list) else (document,)


def metadata(text: str) -> ReleaseStatus:
    """What `helm get metadata -o json` says, without the objects. Raises Transient for anything else."""
    try:
        found = json.loads(text)
        return ReleaseStatus(str(found["status"]), str(found["version"]), int(found["revision"]))
    except (ValueError, KeyError, TypeError):
        raise Transient("helm answered with something other than a release's metadata") from None
