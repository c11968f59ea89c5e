"""A run as JSON lines, for machines: one object an event."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import TextIO

from bootstrap.events import Entry, to_fields
from bootstrap.observers import Observer

_RENAMED = {"kind": "failure"}
"""AttemptFailed has a field `kind` of its own; the key says the event's kind in every line."""


def json_lines(stream: TextIO) -> Observer:
    """Writes {"run": id, "at": unix seconds, "kind": event, ...the event's fields} a line, ASCII only.

    AttemptFailed's own kind (transient, permanent, cancelled, unknown) is the key "failure". Raises TypeError, with
    nothing written, for a value that is no JSON: a Secret above all.
    """

    def observe(entry: Entry) -> None:
        stream.write(json_line(entry) + "\n")
        stream.flush()

    return observe


def json_line(entry: Entry) -> str:
    """One entry as one line of JSON. Raises TypeError for a value that is no JSON."""
    fields = {_RENAMED.get(name, name): value for name, value in to_fields(entry.event).items()}
    head = {"run": entry.run, "at": entry.at, "kind": type(entry.event).__name__}
    return json.dumps(head | fields, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value)
    raise TypeError(f"a {type(value).__name__} cannot stand in an event")
