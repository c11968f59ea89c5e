"""Packs a chart of lab/charts as the version that a tree asks for, as `helm package --version` would.

A folder of a chart may hold two files that are no part of it and stand for others in their folder: `definitions.txt`
(lab.services.definitions) and `material.txt` (lab.services.material).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lab.services import definitions, material
from lab.services.archive import archive
from lab.services.material import Material

CHARTS = Path(__file__).parents[1] / "charts"


@dataclass(frozen=True, slots=True)
class Package:
    """A chart as a registry keeps it. metadata: its Chart.yaml as JSON. content: the .tgz."""

    name: str
    version: str
    metadata: bytes = field(repr=False)
    content: bytes = field(repr=False)


def pack(folder: Path, version: str, taken: Material) -> Package:
    """A chart in one version. taken: where the sources of tools are. Raises FileNotFoundError."""
    said = chart_yaml(folder, version)
    files = {f"{folder.name}/{path}": content for path, content in chart_files(folder, taken).items()}
    files[f"{folder.name}/Chart.yaml"] = yaml.safe_dump(said, sort_keys=False).encode()
    return Package(folder.name, version, json.dumps(said).encode(), archive(files))


def chart_yaml(folder: Path, version: str) -> dict[str, str]:
    """Chart.yaml as of one version of the chart; `{version}` in appVersion is that version without its v."""
    said: dict[str, str] = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
    app = said["appVersion"].replace("{version}", version.removeprefix("v"))
    return said | {"version": version, "appVersion": app}


def chart_files(folder: Path, taken: Material) -> Mapping[str, bytes]:
    """All files of a chart by path, with what stands for others written out."""
    return dict(
        pair for path in sorted(folder.rglob("*")) if path.is_file() for pair in _written_out(path, folder, taken)
    )


def _written_out(path: Path, folder: Path, taken: Material) -> Iterator[tuple[str, bytes]]:
    inside = path.relative_to(folder)
    if path.name == "definitions.txt":
        yield str(inside.with_suffix(".yaml")), definitions.manifests(path.read_text(encoding="utf-8")).encode()
    elif path.name == "material.txt":
        for name, content in material.definitions(path.read_text(encoding="utf-8"), taken).items():
            yield str(inside.with_name(name)), content
    else:
        yield str(inside), path.read_bytes()
