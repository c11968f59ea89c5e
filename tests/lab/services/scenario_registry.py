"""Inside a private internet: the registry of main's lab is filled, pulled from, and started anew.

Arguments: a folder, and the programs registry and helm. Writes what it saw into seen.json.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from lab.place import LabPlace
from lab.services.loading import load
from lab.services.registry import Registry
from lab.supervisor.processes import Processes
from lab.supervisor.web_ca import WebCa

ROOT = Path(__file__).parents[3]
PULLED = {
    "cilium": ("oci://quay.io/cilium/charts/cilium", "1.20.1"),
    "gateway-helm": ("oci://mirror.gcr.io/envoyproxy/gateway-helm", "1.9.0"),
    "app-template": ("oci://ghcr.io/bjw-s-labs/helm/app-template", "5.1.0"),
    "cert-manager": ("oci://quay.io/jetstack/charts/cert-manager", "v1.21.1"),
}


async def scenario(folder: Path, registry_program: Path, helm: Path, materials: dict[str, Path]) -> dict[str, Any]:
    place = LabPlace(folder / "world")
    place.logs.mkdir(parents=True)
    web_ca = WebCa(place.ca, place.folder / "certificates")
    programs = Processes(place.logs, dict(os.environ))
    registry = Registry(place, programs, registry_program, web_ca.leaf)
    seen: dict[str, Any] = {}
    try:
        await registry.start()
        begun = time.monotonic()
        seen["charts"] = await load(registry, ROOT, "kubernetes/main", materials.__getitem__)
        seen["seconds to fill"] = time.monotonic() - begun
        seen["pulled"] = {name: await _pull(place, helm, folder, *at) for name, at in PULLED.items()}
        seen["absent"] = await _pull(place, helm, folder, "oci://quay.io/cilium/charts/cilium", "9.9.9")
        seen["without ca"] = await _pull(place, helm, folder, *PULLED["cilium"], trusted=False)
        seen["manifests"] = await _digests(registry)
        await load(registry, ROOT, "kubernetes/main", materials.__getitem__)
        seen["manifests after a second load"] = await _digests(registry)
        await registry.stop()
        seen["stopped"] = await _pull(place, helm, folder, *PULLED["cilium"])
        await registry.start()
        seen["started anew"] = await _pull(place, helm, folder, *PULLED["cilium"])
    finally:
        await programs.stop_all()
    return seen


async def _pull(
    place: LabPlace, helm: Path, folder: Path, url: str, version: str, trusted: bool = True
) -> dict[str, Any]:
    to = folder / f"pulled-{time.monotonic_ns()}"
    to.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)} | ({"SSL_CERT_FILE": str(place.ca)} if trusted else {})
    argv = (str(helm), "pull", url, "--version", version, "--destination", str(to))
    process = await asyncio.create_subprocess_exec(
        *argv, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()
    return {
        "exit code": process.returncode,
        "said": stderr.decode(),
        "files": sorted(str(path.relative_to(folder)) for path in to.iterdir()),
    }


async def _digests(registry: Registry) -> dict[str, Any]:
    """What is under two tags: digest, and media types."""
    found: dict[str, Any] = {}

    async def look(client: Any) -> None:
        for path in (
            "cilium/charts/cilium/manifests/1.20.1",
            "controlplaneio-fluxcd/flux-operator-manifests/manifests/v0.58.1",
        ):
            answer = await client.get(f"/v2/{path}", headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
            found[path] = {"digest": answer.headers["Docker-Content-Digest"], **answer.json()}

    await registry.push(look)
    return found


if __name__ == "__main__":
    place_, registry_, helm_, *materials_ = sys.argv[1:]
    known = {name: Path(path) for name, path in (each.split("=") for each in materials_)}
    outcome = asyncio.run(scenario(Path(place_), Path(registry_), Path(helm_), known))
    (Path(place_) / "seen.json").write_text(json.dumps(outcome), encoding="utf-8")
