"""Pushing to an OCI registry: blobs by digest, then the manifest under its tag.

Source: opencontainers/distribution-spec, sections on pushing; helm's media types from helm.sh/docs/topics/registries.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

import httpx

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
FLUX = "application/vnd.cncf.flux.content.v1.tar+gzip"
FLUX_CONFIG = "application/vnd.cncf.flux.config.v1+json"


@dataclass(frozen=True, slots=True)
class Blob:
    """media: its media type."""

    media: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """sha256:<hexadecimal>."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    def described(self) -> dict[str, object]:
        """As a manifest refers to it."""
        return {"mediaType": self.media, "digest": self.digest, "size": len(self.content)}


def manifest(config: Blob, layer: Blob) -> bytes:
    """The manifest of an artifact with one layer; the same for the same blobs."""
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.described(),
        "layers": [layer.described()],
    }
    return json.dumps(content).encode()


async def push(client: httpx.AsyncClient, repository: str, tag: str, config: Blob, layer: Blob) -> None:
    """Store an artifact under a tag; what is there already is not sent again. client: its base_url is the registry's.

    Raises httpx.HTTPError when the registry cannot be reached or refuses it.
    """
    content = manifest(config, layer)
    if await _is_stored(client, repository, tag, Blob(MANIFEST, content).digest):
        return
    for blob in (config, layer):
        await _push_blob(client, repository, blob)
    put = await client.put(f"/v2/{repository}/manifests/{tag}", content=content, headers={"Content-Type": MANIFEST})
    put.raise_for_status()


async def _is_stored(client: httpx.AsyncClient, repository: str, tag: str, digest: str) -> bool:
    found = await client.head(f"/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST})
    return found.status_code == httpx.codes.OK and found.headers.get("Docker-Content-Digest") == digest


async def _push_blob(client: httpx.AsyncClient, repository: str, blob: Blob) -> None:
    begun = await client.post(f"/v2/{repository}/blobs/uploads/")
    begun.raise_for_status()
    put = await client.put(
        httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": blob.digest}),
        content=blob.content,
        headers={"Content-Type": "application/octet-stream"},
    )
    put.raise_for_status()
