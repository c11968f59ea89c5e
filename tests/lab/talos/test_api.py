"""The API description is compiled once, whoever wants it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from lab.talos.api import BadMaterial, compiled
from tests.lab.talos import tools


def _methods(api: Path, cache: Path, count: "multiprocessing.Queue[int]") -> None:  # noqa: UP037
    count.put(len(compiled(api, cache).methods))


def test_several_at_once(tmp_path: Path, pki: Path) -> None:
    """Processes that begin at the same moment all get all of it, and one file is left."""
    context = multiprocessing.get_context("spawn")
    count: multiprocessing.Queue[int] = context.Queue()
    api, cache = tools.material() / "api", tmp_path / "cache"
    processes = [context.Process(target=_methods, args=(api, cache, count)) for _ in range(3)]
    for process in processes:
        process.start()
    found = {count.get(timeout=30) for _ in processes}
    for process in processes:
        process.join(30)
    assert len(found) == 1
    assert found.pop() > 50
    assert len(list(cache.iterdir())) == 1


def test_the_second_time_it_is_read(tmp_path: Path, pki: Path) -> None:
    """What is in the cache is taken as it is."""
    api = tools.material() / "api"
    compiled(api, tmp_path)
    [kept] = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns
    assert compiled(api, tmp_path).message("machine.VersionResponse").DESCRIPTOR.full_name == "machine.VersionResponse"
    assert [file.stat().st_mtime_ns for file in tmp_path.iterdir()] == [before]


def test_a_folder_that_is_not_the_api(tmp_path: Path) -> None:
    """It is said, and nothing half made stays."""
    (tmp_path / "api").mkdir()
    with pytest.raises(BadMaterial, match="does not compile"):
        compiled(tmp_path / "api", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
