"""Pushing follows the distribution specification: blobs first, then the manifest under its tag, and nothing twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field

import httpx
import pytest

from lab.services import oci
from lab.services.chart_package import Package
from lab.services.chart_push import push_charts
from lab.services.chart_reference import Reference

CONFIG = oci.Blob(oci.CHART_CONFIG, b"{}")
LAYER = oci.Blob(oci.CHART, b"chart")


@dataclass
class FakeRegistry:
    """A registry that checks digests, and refuses a manifest of blobs that it does not have."""

    blobs: set[str] = field(default_factory=set)
    manifests: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    full: bool = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        if request.method == "HEAD":
            found = self.manifests.get(path)
            digest = f"sha256:{hashlib.sha256(found or b'').hexdigest()}"
            return httpx.Response(200 if found else 404, headers={"Docker-Content-Digest": digest})
        if request.method == "POST":
            return httpx.Response(507 if self.full else 202, headers={"Location": f"{request.url}upload?_state=x"})
        if path.endswith("/upload"):
            return self._blob(request)
        return self._manifest(path, request.content)

    def _blob(self, request: httpx.Request) -> httpx.Response:
        digest = request.url.params["digest"]
        assert request.url.params["_state"] == "x"
        assert digest == f"sha256:{hashlib.sha256(request.content).hexdigest()}"
        self.blobs.add(digest)
        return httpx.Response(201)

    def _manifest(self, path: str, content: bytes) -> httpx.Response:
        said = json.loads(content)
        wanted = {said["config"]["digest"], *(layer["digest"] for layer in said["layers"])}
        if not wanted <= self.blobs:
            return httpx.Response(400)
        self.manifests[path] = content
        return httpx.Response(201)


async def _push(registry: FakeRegistry, *layers: oci.Blob) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(registry), base_url="https://quay.io") as client:
        for layer in layers:
            await oci.push(client, "acme/app", "1.0.0", CONFIG, layer)


def test_an_artifact_is_stored_under_its_tag() -> None:
    """The manifest refers to both blobs by digest, size and media type."""
    registry = FakeRegistry()
    asyncio.run(_push(registry, LAYER))
    said = json.loads(registry.manifests["/v2/acme/app/manifests/1.0.0"])
    assert said["config"] == {"mediaType": oci.CHART_CONFIG, "digest": CONFIG.digest, "size": 2}
    assert said["layers"] == [{"mediaType": oci.CHART, "digest": LAYER.digest, "size": 5}]


def test_what_is_there_is_not_sent_again() -> None:
    """The second push asks once and sends nothing."""
    registry = FakeRegistry()
    asyncio.run(_push(registry, LAYER, LAYER))
    assert registry.asked[-1] == "HEAD /v2/acme/app/manifests/1.0.0"
    assert sum(asked.startswith("POST") for asked in registry.asked) == 2


def test_other_content_under_the_same_tag_replaces_it() -> None:
    """A chart that was changed is the one that is pulled from then on."""
    registry = FakeRegistry()
    other = oci.Blob(oci.CHART, b"another")
    asyncio.run(_push(registry, LAYER, other))
    assert other.digest in registry.manifests["/v2/acme/app/manifests/1.0.0"].decode()


def test_a_registry_that_refuses_is_an_error() -> None:
    """A full disk is not taken for success."""
    with pytest.raises(httpx.HTTPStatusError, match="507"):
        asyncio.run(_push(FakeRegistry(full=True), LAYER))


def test_charts_go_to_the_paths_of_their_hosts() -> None:
    """The repository is the URL without its host; a plus in a version is an underscore in its tag."""
    registry = FakeRegistry()
    charts = [
        (Reference("oci://ghcr.io/acme/charts/app", "1.0.0+up1"), Package("app", "1.0.0+up1", b"{}", b"1")),
        (Reference("oci://quay.io/other/thing", "2.0.0"), Package("thing", "2.0.0", b"{}", b"2")),
    ]

    async def push() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(registry), base_url="https://quay.io") as client:
            await push_charts(client, charts)

    asyncio.run(push())
    assert set(registry.manifests) == {
        "/v2/acme/charts/app/manifests/1.0.0_up1",
        "/v2/other/thing/manifests/2.0.0",
    }
