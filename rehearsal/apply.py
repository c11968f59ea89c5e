"""Server-side apply, as far as a bootstrap meets it: merging, field owners, conflicts, admission."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from estate.kubernetes import Conflict, Manifest, ref_of
from rehearsal import definitions, objects
from rehearsal.objects import DEFINITION, DEPLOYMENT, NAMESPACE, WEBHOOK
from rehearsal.world import Object, World

MANAGER = "firstlight"


def apply(world: World, manifest: Manifest, force: bool, by: str) -> Object:
    """Store what `manifest` says. Raises Conflict, Permanent (no such kind or namespace), Transient (webhook)."""
    wanted, kind, live = _prepared(world, manifest, force)
    name = objects.name_of(wanted)
    world.applied.setdefault(f"{kind} {name}", {})[MANAGER] = wanted
    world.effect("apply", f"{kind} {name}", by, "there" if live else "absent", digest(wanted))
    if live is None:
        made = objects.put(world, kind, {**wanted, "metadata": dict(wanted["metadata"])})
        if kind == DEFINITION:
            definitions.accepted(world, name)
        return made
    result = merged(live, wanted)
    if result != live:
        if result.get("spec") != live.get("spec"):
            result["metadata"]["generation"] += 1
        live.clear()
        live.update(result)
        objects.touch(world, kind, live)
    return live


def dry_run(world: World, manifest: Manifest, force: bool) -> Object:
    """What `apply` would leave; nothing is stored. Raises as `apply` does."""
    wanted, _, live = _prepared(world, manifest, force)
    return merged(live or {}, wanted)


def _prepared(world: World, manifest: Manifest, force: bool) -> tuple[Object, str, Object | None]:
    wanted = _stored(manifest)
    kind = objects.kind_of(wanted)
    live = objects.find(world, kind, objects.name_of(wanted))
    _admit(world, wanted, kind)
    if not force:
        _refuse_conflict(world, wanted, kind, live)
    return wanted, kind, live


def _stored(manifest: Manifest) -> Object:
    """As the API server keeps it; of a secret value only its digest is kept in this world."""
    wanted = dict(manifest)
    if manifest["kind"] == "Secret":
        values = {**manifest.get("data", {}), **manifest.get("stringData", {})}
        wanted.pop("stringData", None)
        wanted["data"] = {key: _digested(value) for key, value in values.items()}
    return wanted


def _digested(value: object) -> str:
    text = value.reveal() if isinstance(value, Secret) else str(value)
    return text if text.startswith("sha256:") else f"sha256:{sha256(text.encode()).hexdigest()}"


def _admit(world: World, wanted: Object, kind: str) -> None:
    if not objects.served(world, kind):
        raise Permanent(
            f'no matches for kind "{wanted["kind"]}" in version "{wanted["apiVersion"]}"',
            "apply its CustomResourceDefinition first",
        )
    namespace = wanted["metadata"].get("namespace")
    if namespace and objects.find(world, NAMESPACE, namespace) is None:
        raise Permanent(f'namespaces "{namespace}" not found', "apply the namespace first")
    if wanted["apiVersion"].startswith("cert-manager.io/"):
        _call_webhook(world)


def _call_webhook(world: World) -> None:
    webhook = objects.find(world, WEBHOOK, "cert-manager-webhook")
    if webhook is None:
        return
    client = webhook["webhooks"][0]["clientConfig"]
    deployment = objects.find(world, DEPLOYMENT, f"{client['service']['namespace']}/cert-manager-webhook")
    failed = 'failed calling webhook "webhook.cert-manager.io"'
    if deployment is None or not deployment["status"].get("readyReplicas"):
        raise Transient(f"{failed}: no endpoints available for service")
    if not client.get("caBundle"):
        raise Transient(f"{failed}: x509: certificate signed by unknown authority")


def _refuse_conflict(world: World, wanted: Object, kind: str, live: Object | None) -> None:
    if live is None:
        return
    for manager, theirs in world.applied.get(f"{kind} {objects.name_of(wanted)}", {}).items():
        if manager != MANAGER and any(_differs(path, wanted, live) for path in _leaves(theirs)):
            raise Conflict(ref_of(wanted), manager)


def _leaves(obj: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in obj.items():
        if above or key not in ("apiVersion", "kind"):
            if isinstance(value, Mapping):
                yield from _leaves(value, (*above, key))
            else:
                yield (*above, key)


def _differs(path: tuple[str, ...], wanted: Object, live: Object) -> bool:
    mine = _at(wanted, path)
    return mine is not None and mine != _at(live, path)


def _at(obj: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        obj = obj.get(key) if isinstance(obj, Mapping) else None
    return obj


def merged(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Object:
    """`live` with the fields of `wanted`; neither is changed. Lists are taken whole."""
    result = dict(live)
    for key, value in wanted.items():
        old = result.get(key)
        if isinstance(value, Mapping):
            result[key] = merged(old if isinstance(old, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def digest(obj: Mapping[str, Any]) -> str:
    """A short digest of what was applied, the same for equal manifests."""
    return sha256(json.dumps(obj, sort_keys=True, default=str).encode()).hexdigest()[:16]
