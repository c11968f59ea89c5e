"""The published charts are pulled with helm, once; without internet it is one plain sentence. Nothing is dialled."""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from edges.command import Completed
from lab.services.chart_reference import Reference
from lab.services.mirror import fetch, pulled

CHARTS = (Reference("oci://quay.io/acme/one", "1.0.0"), Reference("oci://ghcr.io/acme/two", "v2.0.0"))
NO_INTERNET = "Error: failed to do request: dial tcp: lookup quay.io: no such host"


@dataclass
class FakeHelm:
    """Pulls a chart as helm does, or fails with these words."""

    error: str = ""
    late: bool = False
    ran: list[Sequence[str]] = field(default_factory=list)

    async def __call__(self, argv: Sequence[str]) -> Completed:
        self.ran.append(argv)
        if self.late:
            raise Transient("helm pull did not end within 120 s")
        if not self.error:
            self._pull(argv)
        return Completed(tuple(argv), 1 if self.error else 0, "", self.error, 0.1, Secret(""))

    def _pull(self, argv: Sequence[str]) -> None:
        name, version = argv[2].rpartition("/")[2], argv[4]
        content = f"name: {name}\nversion: {version}\n".encode()
        with tarfile.open(Path(argv[6]) / f"{name}-{version}.tgz", "w:gz") as tar:
            entry = tarfile.TarInfo(f"{name}/Chart.yaml")
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))


def test_charts_are_pulled_under_their_own_paths(tmp_path: Path) -> None:
    """Every chart is pulled by its URL and version, and comes back as a registry takes it."""
    helm = FakeHelm()
    asyncio.run(fetch(CHARTS, tmp_path, "helm", helm))
    assert {argv[:5] for argv in helm.ran} == {("helm", "pull", each.url, "--version", each.version) for each in CHARTS}
    found = pulled(CHARTS, tmp_path)
    assert [reference for reference, _ in found] == list(CHARTS)
    assert [json.loads(package.metadata) for _, package in found] == [
        {"name": "one", "version": "1.0.0"},
        {"name": "two", "version": "v2.0.0"},
    ]
    assert all(package.content.startswith(b"\x1f\x8b") for _, package in found)


def test_what_was_pulled_is_not_pulled_again(tmp_path: Path) -> None:
    """The second time needs no internet."""
    asyncio.run(fetch(CHARTS, tmp_path, "helm", FakeHelm()))
    again = FakeHelm(error=NO_INTERNET)
    asyncio.run(fetch(CHARTS, tmp_path, "helm", again))
    assert again.ran == []


@pytest.mark.parametrize("helm", [FakeHelm(error=NO_INTERNET), FakeHelm(late=True)], ids=["no host", "too late"])
def test_without_internet_it_is_one_sentence(helm: FakeHelm, tmp_path: Path) -> None:
    """Chart and cause are named, and what to do instead."""
    with pytest.raises(Permanent) as error:
        asyncio.run(fetch(CHARTS[:1], tmp_path, "helm", helm))
    assert error.value.sentence.startswith("the published chart oci://quay.io/acme/one 1.0.0 could not be pulled: ")
    assert "\n" not in error.value.sentence
    assert "stand-ins" in error.value.next_action


def test_one_failure_is_told_when_all_fail(tmp_path: Path) -> None:
    """Sixteen charts without internet are not sixteen messages."""
    with pytest.raises(Permanent):
        asyncio.run(fetch(CHARTS, tmp_path, "helm", FakeHelm(error=NO_INTERNET)))


def test_a_helm_that_leaves_nothing_is_not_believed(tmp_path: Path) -> None:
    """Exit code 0 without a file is a failure."""

    async def nothing(argv: Sequence[str]) -> Completed:
        return Completed(tuple(argv), 0, "", "", 0.1, Secret(""))

    with pytest.raises(Permanent, match=r"helm left no one-1\.0\.0\.tgz"):
        asyncio.run(fetch(CHARTS[:1], tmp_path, "helm", nothing))
