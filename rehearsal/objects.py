"""The store behind the simulated API server: objects as dicts, changed in place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rehearsal.world import Object, World

POD = "v1/Pod"
NODE = "v1/Node"
NAMESPACE = "v1/Namespace"
CLAIM = "v1/PersistentVolumeClaim"
SERVICE = "v1/Service"
DEPLOYMENT = "apps/v1/Deployment"
DAEMON_SET = "apps/v1/DaemonSet"
ENDPOINT_SLICE = "discovery.k8s.io/v1/EndpointSlice"
DEFINITION = "apiextensions.k8s.io/v1/CustomResourceDefinition"
WEBHOOK = "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration"

_OF_KUBERNETES = (
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "networking",
    "node",
    "rbac.authorization",
    "scheduling",
    "storage",
)
BUILT_IN = frozenset(
    {"v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2"} | {f"{group}.k8s.io/v1" for group in _OF_KUBERNETES}
)
"""Versions that every API server serves without a definition."""


def kind_of(obj: Object) -> str:
    """The key of the object's kind, e.g. "apps/v1/Deployment"."""
    return f"{obj['apiVersion']}/{obj['kind']}"


def name_of(obj: Object) -> str:
    """namespace/name, or the name alone."""
    meta = obj["metadata"]
    return full_name(meta.get("namespace"), meta["name"])


def full_name(namespace: str | None, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


@lru_cache(maxsize=4096)
def split_kind(kind: str) -> tuple[str, str]:
    """ "apps/v1/Deployment" -> ("apps/v1", "Deployment")."""
    api_version, _, name = kind.rpartition("/")
    return api_version, name


def new(kind: str, namespace: str | None, name: str, **parts: Any) -> Object:
    """An object that is not stored yet."""
    api_version, word = split_kind(kind)
    meta: Object = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": api_version, "kind": word, "metadata": meta, **parts}


def put(world: World, kind: str, obj: Object) -> Object:
    """Store a new object, with what the API server adds."""
    meta = obj["metadata"]
    meta["uid"] = world.next_uid()
    meta["resourceVersion"] = str(world.serial)
    meta["generation"] = 1
    meta["creationTimestamp"] = world.stamp()
    world.objects.setdefault(kind, {})[full_name(meta.get("namespace"), meta["name"])] = obj
    world.changed[kind] = None
    return obj


def find(world: World, kind: str, name: str) -> Object | None:
    """name: as `name_of` says."""
    return world.objects.get(kind, {}).get(name)


def listed(world: World, kind: str, namespace: str | None = None) -> Iterator[Object]:
    """All of a kind, in the order of their creation."""
    for obj in world.objects.get(kind, {}).values():
        if namespace is None or obj["metadata"].get("namespace") == namespace:
            yield obj


def touch(world: World, kind: str, obj: Object) -> None:
    """Say that an object was changed in place."""
    world.serial += 1
    obj["metadata"]["resourceVersion"] = str(world.serial)
    world.changed[kind] = None


def remove(world: World, kind: str, name: str) -> None:
    if world.objects.get(kind, {}).pop(name, None) is not None:
        world.changed[kind] = None
        world.applied.pop(f"{kind} {name}", None)


def served(world: World, kind: str) -> bool:
    """Whether discovery lists a kind."""
    return kind in world.served or split_kind(kind)[0] in BUILT_IN


def condition(world: World, kind: str, status: str, reason: str, message: str = "", **more: Any) -> Object:
    """One entry of status.conditions."""
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": world.stamp(),
        **more,
    }
