"""Machine configs as the simulated Talos reads them: merged, validated, and what they say about a machine.

Everything is remembered by its text: campaigns apply the same few configs thousands of times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import yaml

from rehearsal import strategic_merge
from steps.identity import fingerprint

BROKEN = "the machine config is not a YAML document with a mapping at its top"


@dataclass(frozen=True, slots=True)
class Facts:
    """kind: machine.type. cluster_id, talos_ca, cluster_ca: fingerprints. cluster_ca_certificate: as in the config."""

    kind: str
    hostname: str
    cluster_id: str
    talos_ca: str
    cluster_ca: str
    cluster_ca_certificate: str
    etcd_ca: bool
    digest: str


@lru_cache(maxsize=256)
def merged(base: str, patch: str) -> str:
    """The config that a node gets. Raises ValueError when one of the two is no mapping."""
    documents = _document(base), _document(patch)
    text: str = yaml.dump(strategic_merge.merged(*documents), Dumper=yaml.CSafeDumper, sort_keys=False, width=10_000)
    return text


@lru_cache(maxsize=256)
def complaints(config: str) -> tuple[str, ...]:
    """What Talos would refuse, as sentences without values; () for a valid config."""
    try:
        document = _document(config)
    except ValueError as error:
        return (str(error),)
    return tuple(_complaints(document))


@lru_cache(maxsize=256)
def facts(config: str) -> Facts:
    """What a valid config says about its machine."""
    document = _document(config)
    cluster_ca = str(_at(document, "cluster.ca.crt"))
    return Facts(
        kind=str(_at(document, "machine.type")),
        hostname=str(_at(document, "machine.network.hostname") or ""),
        cluster_id=cluster_fingerprint(str(_at(document, "cluster.id"))),
        talos_ca=fingerprint(str(_at(document, "machine.ca.crt")), "machine.ca.crt"),
        cluster_ca=fingerprint(cluster_ca, "cluster.ca.crt"),
        cluster_ca_certificate=cluster_ca,
        etcd_ca=bool(_at(document, "cluster.etcd.ca.crt")),
        digest=sha256(config.encode()).hexdigest(),
    )


def cluster_fingerprint(cluster_id: str) -> str:
    """The vault holds the cluster's id: what the world keeps of it is a digest."""
    return sha256(cluster_id.encode()).hexdigest()


@lru_cache(maxsize=64)
def client_ca(talosconfig: str) -> str:
    """Fingerprint of the CA that a talosconfig's context trusts. Raises ValueError when it has none."""
    document = _document(talosconfig)
    context = _at(document, "contexts").get(document.get("context"))
    if not isinstance(context, Mapping) or not context.get("ca"):
        raise ValueError("the talosconfig has no context with a CA")
    return fingerprint(str(context["ca"]), "the CA of the talosconfig")


def _document(text: str) -> Mapping[str, Any]:
    try:
        document = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict):
        raise ValueError(BROKEN)
    return document


_NEEDED = ("machine.token", "machine.ca.crt", "cluster.id", "cluster.ca.crt", "cluster.controlPlane.endpoint")
_NEEDED_BY_CONTROL_PLANES = ("machine.ca.key", "cluster.ca.key", "cluster.etcd.ca.crt", "cluster.etcd.ca.key")


def _complaints(document: Mapping[str, Any]) -> Iterator[str]:
    """Source: siderolabs/talos, pkg/machinery/config/types/v1alpha1/v1alpha1_validation.go."""
    if document.get("version") != "v1alpha1":
        yield "version is not v1alpha1"
    kind = _at(document, "machine.type")
    if kind not in ("controlplane", "worker"):
        yield "machine.type is neither controlplane nor worker"
    needed = _NEEDED + (_NEEDED_BY_CONTROL_PLANES if kind == "controlplane" else ())
    yield from (f"{path} is missing" for path in needed if not _at(document, path))
    if not (_at(document, "machine.install.disk") or _at(document, "machine.install.diskSelector")):
        yield "machine.install names no disk"
    if not str(_at(document, "machine.install.image") or "x:v1").rpartition(":")[2].startswith("v"):
        yield "machine.install.image has no version"


def _at(document: Mapping[str, Any], path: str) -> Any:
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return {} if found is None and path == "contexts" else found
