"""CustomResourceDefinitions: established a moment after they were applied, served a moment after that."""

from __future__ import annotations

from functools import lru_cache

from rehearsal import objects
from rehearsal.objects import DEFINITION, condition
from rehearsal.world import Object, World


@lru_cache(maxsize=1024)
def manifest(spec: str) -> Object:
    """The definition that "cilium.io/v2 CiliumNode" means. Shared by all who ask: never changed."""
    api_version, kind = spec.split(" ")
    group, _, version = api_version.partition("/")
    plural = _plural(kind)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "scope": "Cluster" if kind.startswith("Cluster") else "Namespaced",
            "versions": [{"name": version, "served": True, "storage": True}],
        },
    }


def _plural(kind: str) -> str:
    word = kind.lower()
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def install(world: World, spec: str) -> None:
    """A chart or an operator brings a definition; one that is there already stays."""
    found = manifest(spec)
    name = found["metadata"]["name"]
    if name not in world.objects.get(DEFINITION, {}):
        objects.put(world, DEFINITION, {**found, "metadata": {"name": name}})
        accepted(world, name)


def accepted(world: World, name: str) -> None:
    """A new definition is in the store; the API server gets to it a moment later."""
    if not world.pending_definitions:
        world.schedule(1.0, "definitions_established")
    world.pending_definitions.append(name)


def definitions_established(world: World) -> None:
    names, world.pending_definitions = world.pending_definitions, []
    for name in names:
        found = objects.find(world, DEFINITION, name)
        if found is not None:
            found["status"] = {
                "conditions": [
                    condition(world, "NamesAccepted", "True", "NoConflicts"),
                    condition(world, "Established", "True", "InitialNamesAccepted"),
                ]
            }
            objects.touch(world, DEFINITION, found)
    world.schedule(world.latency(f"served/{names[0]}", 0.5, 2), "definitions_served", names)


def definitions_served(world: World, names: list[str]) -> None:
    """Discovery lists them: Established alone did not mean that."""
    for name in names:
        found = objects.find(world, DEFINITION, name)
        if found is not None:
            spec = found["spec"]
            for version in spec["versions"]:
                world.served[f"{spec['group']}/{version['name']}/{spec['names']['kind']}"] = True
    world.changed[DEFINITION] = None
