"""A resource as a machine has it now, and what of it goes over the wire."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import yaml
from google.protobuf.timestamp_pb2 import Timestamp

from lab.talos.api import TalosApi


@dataclass(frozen=True, slots=True)
class Resource:
    """type: full name. text: the spec in YAML. proto: the spec for clients that read it typed, b"" where none does."""

    type: str
    namespace: str
    id: str
    text: str
    proto: bytes = b""


@dataclass(frozen=True, slots=True)
class YamlText:
    """A spec that is YAML already."""

    text: str


def resource(type: str, namespace: str, id: str, spec: Any, proto: bytes = b"") -> Resource:
    """spec: as talosctl prints it."""
    text = spec.text if isinstance(spec, YamlText) else yaml.dump(spec, Dumper=_DUMPER, sort_keys=False, width=1000)
    return Resource(type, namespace, id, text, proto)


_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(slots=True)
class Versions:
    """Counts the changes of each resource, and when it began and last changed."""

    _seen: dict[tuple[str, str], tuple[str, int, float, float]] = field(default_factory=dict)

    def message(self, api: TalosApi, found: Resource) -> Any:
        """The resource as the COSI API sends it."""
        version, created, updated = self._version(found)
        metadata = api.new(
            "cosi.resource.Metadata", namespace=found.namespace, type=found.type, id=found.id,
            version=str(version), owner="", phase="running",
        )  # fmt: skip
        metadata.created.CopyFrom(_timestamp(api, created))
        metadata.updated.CopyFrom(_timestamp(api, updated))
        spec = api.new("cosi.resource.Spec", proto_spec=found.proto, yaml_spec=found.text)
        return api.new("cosi.resource.Resource", metadata=metadata, spec=spec)

    def _version(self, found: Resource) -> tuple[int, float, float]:
        now, key = time.time(), (found.type, found.id)
        text, version, created, updated = self._seen.get(key, ("", 0, now, now))
        if text != found.text:
            version, updated = version + 1, now
        self._seen[key] = (found.text, version, created, updated)
        return version, created, updated


def _timestamp(api: TalosApi, at: float) -> Any:
    stamp = Timestamp()
    stamp.FromNanoseconds(int(at * 1_000_000_000))
    return api.new("google.protobuf.Timestamp", seconds=stamp.seconds, nanos=stamp.nanos)
