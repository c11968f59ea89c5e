"""Inside a private internet: helm installs Flux's two charts from the lab's registry; the real operator and source-
controller take from it what the tree names.

Arguments: a folder, then programs and sources as name=path. Writes what it saw into seen.json.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from lab.place import LabPlace
from lab.program import Program
from lab.services.loading import load
from lab.services.registry import Registry
from lab.supervisor.processes import Processes
from lab.supervisor.web_ca import WebCa
from tests.lab.charts.plain_api import PlainApi, plain_api

ROOT = Path(__file__).parents[3]
APPS = ROOT / "kubernetes" / "main" / "apps"
SPACE = "flux-system"
_LIMIT_S = 60.0
_CHART = {
    "apiVersion": "source.toolkit.fluxcd.io/v1",
    "kind": "HelmChart",
    "metadata": {"name": "app-template", "namespace": SPACE},
    "spec": {
        "chart": "app-template",
        "version": "5.1.0",
        "interval": "1h",
        "sourceRef": {"kind": "HelmRepository", "name": "bjw-s"},
    },
}
_SOURCES = (APPS / "kube-system/cilium/app/ocirepository.yaml", APPS / "flux-system/sources/app/bjw-s.yaml")


async def scenario(folder: Path, given: dict[str, Path]) -> dict[str, Any]:
    place = LabPlace(folder / "world")
    place.logs.mkdir(parents=True)
    web_ca = WebCa(place.ca, place.folder / "certificates")
    with plain_api(folder) as api:
        known = {"KUBECONFIG": str(api.kubeconfig), "SSL_CERT_FILE": str(place.ca), "HOME": str(folder)}
        programs = Processes(place.logs, {"PATH": os.environ["PATH"], "RUNTIME_NAMESPACE": SPACE, **known})
        registry = Registry(place, programs, given["registry"], web_ca.leaf)
        try:
            await registry.start()
            await load(registry, ROOT, "kubernetes/main", given.__getitem__)
            installed = [await _install(given["helm"], name, known) for name in ("flux-operator", "flux-instance")]
            for program in _programs(folder, given):
                await programs.start(program)
            seen = await _seen(api)
            fetched = [line for line in _lines(place) if "fetched latest manifests" in line]
            return {"installed": installed, "fetched": fetched, **seen}
        finally:
            await programs.stop_all()


async def _install(helm: Path, name: str, known: dict[str, str]) -> dict[str, Any]:
    chart = f"oci://ghcr.io/controlplaneio-fluxcd/charts/{name}"
    values = APPS / SPACE / name / "app" / "helm" / "values.yaml"
    process = await asyncio.create_subprocess_exec(
        str(helm), "upgrade", "--install", name, chart, "--version", "0.58.1", "--namespace", SPACE,
        "--create-namespace", "--values", str(values),
        env={**os.environ, **known}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return {"exit code": process.returncode, "said": said.decode()}


def _programs(folder: Path, given: dict[str, Path]) -> tuple[Program, ...]:
    """source-controller ends until its definitions are there, and is started again."""
    storage = given["flux-operator"] / "config" / "data"
    return (
        Program(
            "flux-operator",
            (
                str(given["operator"]), "--storage-path", str(storage), "--enable-leader-election=false",
                "--web-server-port", "0", "--metrics-addr", "127.0.0.1:8180", "--health-addr", "127.0.0.1:8181",
            ),
            env={"GODEBUG": "fips140=on"},
        ),
        Program(
            "source-controller",
            (
                str(given["source-controller"]), "--storage-path", str(folder), "--storage-addr", "127.0.0.1:8290",
                "--metrics-addr", "127.0.0.1:8280", "--health-addr", "127.0.0.1:8281",
            ),
        ),
    )  # fmt: skip


def _lines(place: LabPlace) -> list[str]:
    return (place.logs / "flux-operator.log").read_text(encoding="utf-8").splitlines()


async def _seen(api: PlainApi) -> dict[str, Any]:
    applied = await _until(api, "crd", "helmcharts.source.toolkit.fluxcd.io", _established)
    sources = [_in_space(yaml.safe_load(file.read_text())) for file in _SOURCES]
    api.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all([*sources, _CHART]))
    return {
        "definition": applied["metadata"]["name"],
        "oci repository": (await _until(api, "ocirepository", "cilium", _ready))["status"],
        "chart": (await _until(api, "helmchart", "app-template", _ready))["status"],
    }


def _in_space(document: Any) -> Any:
    """As the tree's Kustomization puts it."""
    return {**document, "metadata": {**document["metadata"], "namespace": SPACE}}


def _ready(found: Any, condition: str = "Ready") -> bool:
    conditions = found["status"].get("conditions") or []
    return any((each["type"], each["status"]) == (condition, "True") for each in conditions)


def _established(found: Any) -> bool:
    return _ready(found, "Established")


async def _until(api: PlainApi, kind: str, name: str, holds: Any) -> Any:
    """The object once it is as it shall be; as it is when the time is over."""
    end, found = time.monotonic() + _LIMIT_S, {"metadata": {"name": ""}, "status": {}}
    while time.monotonic() < end:
        asked = api.kubectl("get", kind, name, "--namespace", SPACE, "-o", "json")
        if asked.returncode == 0:
            found = {"status": {}, **json.loads(asked.stdout)}
            if holds(found):
                break
        await asyncio.sleep(0.5)
    return found


if __name__ == "__main__":
    place_, *pairs = sys.argv[1:]
    outcome = asyncio.run(scenario(Path(place_), {name: Path(path) for name, path in (p.split("=") for p in pairs)}))
    (Path(place_) / "seen.json").write_text(json.dumps(outcome), encoding="utf-8")
