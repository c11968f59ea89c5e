"""Blocking calls to one API server, for worker threads: the official client's DynamicClient, with what it lacks.

Imported late: the client takes half a second to import.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges.kubernetes_access import Access, tls
from edges.kubernetes_discovery import Discovery
from edges.kubernetes_errors import explained, names
from edges.kubernetes_transport import CONNECT_S, READ_S, pool
from estate.kubernetes import Kind, Manifest, ObjectRef, ref_of

T = TypeVar("T")

MANAGER = "firstlight"
WATCH_S = 60
READY_S = 10.0
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class Session:
    """All methods raise Transient, Permanent and Refused by the table of edges.kubernetes_errors, and nothing else."""

    def __init__(self, access: Access) -> None:
        client = import_module("kubernetes.client")
        configuration = client.Configuration(host=access.server)
        if access.token is not None:
            configuration.api_key["BearerToken"] = f"Bearer {access.token.reveal()}"
        api = client.ApiClient(configuration)
        self._pool = pool(tls(access), access.server_name)
        api.rest_client.pool_manager = self._pool
        self._client = import_module("kubernetes.dynamic").DynamicClient(api, discoverer=Discovery)
        self._discovery: Discovery = self._client.resources
        self._server = access.server

    def prove(self) -> None:
        """Have the API server prove who it is. Raises Refused; one that does not answer has proved nothing yet, and
        will have to in the handshake of every later call."""
        try:
            self._asked("ask for its version", lambda: self._client.request("GET", "/version", **_plain()))
        except Refused:
            raise
        except (Transient, Permanent):
            return

    def get(self, ref: ObjectRef) -> Manifest | None:
        doing = f"read {ref}"
        resource = self._resource(ref.kind, doing)
        if resource is None:
            return None
        where = _namespace(resource, ref.namespace)
        return self._found(doing, lambda: _read(resource.get(name=ref.name, namespace=where, **_plain())))

    def list(self, kind: Kind, namespace: str | None, labels: Mapping[str, str] | None) -> list[Manifest]:
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items())) if labels else None
        found = self._listed(kind, namespace=namespace, label_selector=selector, **_plain())
        own = {"apiVersion": kind.api_version, "kind": kind.kind}  # items of a list come without them
        return [{**own, **item} for item in found["items"]] if found else []

    def apply(self, manifest: Manifest, force: bool, dry_run: bool) -> Manifest:
        ref, secrets = ref_of(manifest), list[Secret]()
        doing = f"apply {ref}"
        resource = self._resource(ref.kind, doing)
        if resource is None:
            raise Permanent(
                f'no matches for kind "{ref.kind.kind}" in version "{ref.kind.api_version}": the API does not serve it',
                "apply its CustomResourceDefinition first",
            )
        options = {
            "body": revealed(manifest, secrets), "name": ref.name, "namespace": _namespace(resource, ref.namespace),
            "field_manager": MANAGER, "force_conflicts": force, **({"dry_run": "All"} if dry_run else {}), **_plain(),
        }  # fmt: skip
        return dict(self._asked(doing, lambda: _read(resource.server_side_apply(**options)), ref, secrets))

    def create(self, manifest: Manifest) -> Manifest:
        """Raises Transient when there is one already."""
        return self._put(manifest, "create")

    def replace(self, manifest: Manifest) -> Manifest:
        """Whole. Raises Transient when it is no longer the version that the manifest names."""
        return self._put(manifest, "replace")

    def server_time(self) -> float:
        """Unix seconds by the API server's clock, which counts whole ones here."""
        answer = self._asked("ask for the time", lambda: self._client.request("GET", "/version", **_plain()))
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()

    def serves(self, kind: Kind) -> bool:
        """Whether it does now: what is remembered is not believed."""
        return self._asked(f"ask for {kind.api_version}", lambda: [self._discovery.asked(kind)])[0] is not None

    def ready(self, address: str, port: int) -> str:
        """As the port says. Raises Refused when what answers there has another CA."""
        host = f"[{address}]" if ":" in address else address
        url, wait = f"https://{host}:{port}/readyz", import_module("urllib3").Timeout(connect=CONNECT_S, read=READY_S)
        request = partial(self._pool.request, "GET", url, timeout=wait, redirect=False)
        answer = self._asked(f"ask {address} whether it is ready", request, server=f"https://{host}:{port}")
        return "" if answer.status == 200 else names(answer.status, answer.data.decode(errors="replace"))

    def version_now(self, kind: Kind) -> str | None:
        """The resourceVersion of a kind's list now; None when it is not served."""
        found = self._listed(kind, limit=1, **_plain(_METADATA_LIST))
        return str(found["metadata"]["resourceVersion"]) if found else None

    def watch(self, kind: Kind, version: str) -> Iterator[Mapping[str, Any]]:
        """Events after a resourceVersion, metadata only, until the server ends the watch (after about WATCH_S)."""
        doing = f"watch {kind.kind}s"
        resource = self._resource(kind, doing)
        if resource is None:
            return
        options = {
            "watch": True, "resource_version": version, "timeout_seconds": WATCH_S, "allow_watch_bookmarks": True,
            **_plain(_METADATA), "_request_timeout": (CONNECT_S, WATCH_S + 15.0),
        }  # fmt: skip
        answer = self._asked(doing, lambda: resource.get(**options))
        lines = _lines(answer)
        try:
            while (line := self._asked(doing, lambda: next(lines, None))) is not None:
                yield json.loads(line)
        finally:
            answer.close()

    def _put(self, manifest: Manifest, how: str) -> Manifest:
        ref = ref_of(manifest)
        doing = f"{how} {ref}"
        resource = self._resource(ref.kind, doing)
        if resource is None:
            raise Permanent(f"could not {doing}: the API does not serve the kind", "see which version it has")
        options = {"body": dict(manifest), "namespace": ref.namespace, "field_manager": MANAGER, **_plain()}
        return self._asked(doing, lambda: _read(getattr(resource, how)(**options)))

    def _listed(self, kind: Kind, **options: Any) -> dict[str, Any] | None:
        doing = f"list {kind.kind}s"
        resource = self._resource(kind, doing)
        found = None if resource is None else self._found(doing, lambda: _read(resource.get(**options)))
        if found is None:
            self._discovery.forget(kind)
        return found

    def _resource(self, kind: Kind, doing: str) -> Any | None:
        return self._asked(doing, lambda: [self._discovery.find(kind)])[0]

    def _found(self, doing: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """What it answers; None for a 404: object or kind are gone."""
        absent = import_module("kubernetes.dynamic.exceptions").NotFoundError

        def ask() -> dict[str, Any] | None:
            try:
                return call()
            except absent:
                return None

        return self._asked(doing, ask)

    def _asked(
        self,
        doing: str,
        call: Callable[[], T],
        ref: ObjectRef | None = None,
        secrets: Sequence[Secret] = (),
        server: str = "",
    ) -> T:
        """What the call returns. Raises by the table, and outside of the handler: the client's exceptions carry what
        was sent."""
        failure: Transient | Permanent
        try:
            return call()
        except (Transient, Permanent) as error:
            failure = error
        except Exception as error:
            failure = explained(error, doing, server or self._server, ref, secrets)
        raise failure


def _plain(accept: str = "application/json") -> dict[str, Any]:
    """Options of every call: the answer as it comes, and an end to waiting."""
    return {"serialize": False, "header_params": {"Accept": accept}, "_request_timeout": (CONNECT_S, READ_S)}


def _read(answer: Any) -> dict[str, Any]:
    return dict(json.loads(answer.data))


def _lines(answer: Any) -> Iterator[bytes]:
    rest = b""
    for piece in answer.stream(1 << 16):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line for line in whole if line.strip())


def _namespace(resource: Any, named: str | None) -> str | None:
    return (named or "default") if resource.namespaced else None


def revealed(value: Any, secrets: list[Secret]) -> Any:
    """A manifest as it goes over the wire; the secrets that were in it are added to `secrets`."""
    if isinstance(value, Secret):
        secrets.append(value)
        return value.reveal()
    if isinstance(value, Mapping):
        return {key: revealed(each, secrets) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(each, secrets) for each in value]
    return value
