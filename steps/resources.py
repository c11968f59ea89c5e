"""resources_applied: namespaces and the secrets that the secret store itself needs, from resources.yaml.j2."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

import yaml

from bootstrap.errors import Permanent
from bootstrap.gate import Gate
from bootstrap.secret import Secret
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, NotYet, Verdict
from estate.kubernetes import Conflict, Manifest, ref_of
from steps.site import RESOURCES, Site

SERVERS_OWN = frozenset({"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"})


def resources_applied(site: Site, needs: tuple[str, ...]) -> Step:
    """Applied by server-side apply; what another manager has taken over since is only verified."""
    return Step(
        name="resources_applied",
        summary="The namespaces of the first releases and the seed secrets exist as Git and the vault say.",
        needs=needs,
        gate=Gate("every namespace and seed secret is as described", lambda _: _observe(site), stability_s=0.0),
        act=lambda attempt: _apply(site, attempt),
        deadline_s=300.0,
        expected_s=3.0,
    )


async def manifests(site: Site) -> tuple[Manifest, ...]:
    """The documents of the rendered resources, secret values as Secret. Raises Permanent for what is no manifest."""
    text = await site.resources()
    documents = deepcopy(_documents(text))  # who asks may do with them what he likes
    if not all(isinstance(document, dict) and {"kind", "metadata"} <= document.keys() for document in documents):
        raise Permanent(
            f"{site.tree.path}/{RESOURCES} does not render to Kubernetes objects",
            "render it with `invoke render` and mend it",
        )
    return tuple(_veiled(document) for document in documents)


@lru_cache(maxsize=4)
def _documents(text: Secret) -> tuple[Any, ...]:
    try:
        return tuple(document for document in yaml.load_all(text.reveal(), yaml.CSafeLoader) if document)
    except yaml.YAMLError:
        return (None,)


def _veiled(document: dict[str, Any]) -> Manifest:
    if document["kind"] != "Secret":
        return document
    values = {part: document[part] for part in ("data", "stringData") if part in document}
    return {**document, **{part: {k: Secret(str(v)) for k, v in found.items()} for part, found in values.items()}}


async def _observe(site: Site) -> Verdict:
    kubernetes = await site.kubernetes()
    missing: list[str] = []
    handed_over: list[str] = []
    for manifest in await manifests(site):
        ref = ref_of(manifest)
        found = await kubernetes.get(ref)
        if found is None:
            missing.append(f"{ref} does not exist")
            continue
        try:
            if _content(await kubernetes.apply(manifest, dry_run=True)) != _content(found):
                missing.append(f"{ref} differs")
        except Conflict as conflict:
            handed_over.append(f"{ref} by {conflict.manager}")
    if missing:
        return NotYet("; ".join(missing))
    return Holds({"handed_over": handed_over})


async def _apply(site: Site, _: Attempt) -> str:
    kubernetes = await site.kubernetes()
    applied: list[str] = []
    for manifest in await manifests(site):
        try:
            await kubernetes.apply(manifest)
            applied.append(str(ref_of(manifest)))
        except Conflict:
            continue  # its new owner keeps it; the gate names that
    return f"applied {', '.join(applied)}"


def _content(manifest: Manifest) -> Mapping[str, Any]:
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in SERVERS_OWN}
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": metadata}
