"""The whole world as text and back, so that it outlives the process that rehearses."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from rehearsal.machine_record import MachineRecord
from rehearsal.repository import FluxApp, Repository
from rehearsal.world import World

FORMAT = 1
"""Raised whenever an older program could not read the text."""

_NOT_STORED = frozenset({"changed", "machines", "repository", "queue"})
_PLAIN = tuple(field.name for field in fields(World) if field.name not in _NOT_STORED)


class UnreadableWorld(ValueError):
    """The text is no world, or one of another format."""


def to_json(world: World) -> str:
    """Equal worlds give equal texts."""
    document: dict[str, Any] = {name: getattr(world, name) for name in _PLAIN}
    document["format"] = FORMAT
    document["queue"] = sorted(world.queue)
    document["machines"] = {name: _flat(machine) for name, machine in world.machines.items()}
    document["repository"] = {**_flat(world.repository), "apps": [_flat(app) for app in world.repository.apps]}
    return json.dumps(document, separators=(",", ":"))


def from_json(text: str) -> World:
    """Raises UnreadableWorld."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise UnreadableWorld(f"it has format {document['format']}, this program reads format {FORMAT}")
        return _world(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UnreadableWorld):
            raise
        raise UnreadableWorld(f"it cannot be read ({type(error).__name__})") from error


def _world(document: dict[str, Any]) -> World:
    repository = document["repository"]
    apps = [FluxApp(**app) for app in repository["apps"]]
    return World(
        **{name: document[name] for name in _PLAIN},
        machines={name: MachineRecord(**values) for name, values in document["machines"].items()},
        repository=Repository(**{**repository, "apps": apps}),
        queue=[(due, number, name, tuple(arguments)) for due, number, name, arguments in document["queue"]],
    )


def _flat(value: MachineRecord | Repository | FluxApp) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
