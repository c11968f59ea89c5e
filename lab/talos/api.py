"""Talos' own API description, compiled once: message classes and methods by name.

The .proto files are those of the talos module. They are compiled to one descriptor set and not to Python modules,
because packages of theirs are called `time`, `inspect` and `resource`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

_OWN = Path(__file__).with_name("cosi.proto")
_WANTED = ("machine/machine.proto", "cluster/cluster.proto", "time/time.proto", "storage/storage.proto")


class BadMaterial(Exception):
    """The folder is not the API description of the talos module, or it does not compile."""


@dataclass(frozen=True, slots=True)
class Method:
    """One call of a service. path: as in HTTP/2. request, reply: message classes."""

    path: str
    request: Any
    reply: Any
    takes_stream: bool
    gives_stream: bool


class TalosApi:
    """Message classes by full name ("machine.VersionResponse") and the methods of all services."""

    def __init__(self, descriptors: bytes) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        found = descriptor_pb2.FileDescriptorSet.FromString(descriptors)
        for file in found.file:
            self._pool.Add(file)
        self.methods = tuple(method for file in found.file for method in self._methods(file))

    def message(self, name: str) -> Any:
        """The class of a message. Raises KeyError for a name that the API does not have."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))

    def new(self, name: str, /, **fields: Any) -> Any:
        return self.message(name)(**fields)

    def from_json(self, name: str, text: str) -> Any:
        return json_format.Parse(text, self.message(name)())

    def mode_name(self, number: int) -> str:
        """The name of a mode of ApplyConfiguration, such as "NO_REBOOT"."""
        modes = self.message("machine.ApplyConfigurationRequest").DESCRIPTOR.enum_types_by_name["Mode"]
        return str(modes.values_by_number[number].name)

    def _methods(self, file: descriptor_pb2.FileDescriptorProto) -> tuple[Method, ...]:
        return tuple(
            Method(
                path=f"/{file.package}.{service.name}/{method.name}",
                request=self.message(method.input_type.lstrip(".")),
                reply=self.message(method.output_type.lstrip(".")),
                takes_stream=method.client_streaming,
                gives_stream=method.server_streaming,
            )
            for service in file.service
            for method in service.method
        )


def compiled(api: Path, cache: Path) -> TalosApi:
    """The API from the talos module's `api` folder; the descriptor set is kept in `cache` under the content's hash.

    Any number of processes may do so at once: the file appears whole. Raises BadMaterial.
    """
    kept = cache / f"talos-api-{_content(api)}.binpb"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _compile(api, kept)
    return TalosApi(kept.read_bytes())


def _content(api: Path) -> str:
    digest = hashlib.sha256(_OWN.read_bytes() + repr(_WANTED).encode())
    for file in sorted(api.rglob("*.proto")):
        digest.update(str(file.relative_to(api)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _compile(api: Path, kept: Path) -> None:
    from google.rpc import status_pb2  # type: ignore[import-untyped]  # both are costly to load, and needed once a machine
    from grpc_tools import protoc

    well_known = files("grpc_tools") / "_proto"
    shared = Path(status_pb2.__file__).parents[2]
    folders = (api, _OWN.parent, well_known, shared)
    handle, part = tempfile.mkstemp(dir=kept.parent, prefix=kept.name)
    os.close(handle)
    argv = ("protoc", *(f"-I{folder}" for folder in folders), "--include_imports", f"--descriptor_set_out={part}")
    try:
        if protoc.main((*argv, *_WANTED, _OWN.name)) != 0:
            raise BadMaterial(f"the Talos API in {api} does not compile: is this the `api` folder of the talos module?")
        Path(part).rename(kept)
    finally:
        Path(part).unlink(missing_ok=True)
