"""A secret that other programs read by a path, and that is nowhere afterwards."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
from pathlib import Path

import pytest

from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from edges import private_text
from edges.private_text import PrivateText, remove_leftovers


@pytest.fixture(params=["memory", "file"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(private_text, "_has_memory_files", lambda: request.param == "memory")
    return str(request.param)


def test_another_program_reads_it_as_often_as_it_likes_until_it_is_closed(kind: str, tmp_path: Path) -> None:
    """Each reads it from its beginning; afterwards there is nothing at the path."""
    text = PrivateText(Secret("hidden\n"), tmp_path / "state")
    for _ in range(2):
        assert subprocess.run(["cat", text.path], capture_output=True, check=True).stdout == b"hidden\n"
    assert stat.S_IMODE(os.stat(text.path).st_mode) & 0o077 == 0
    text.close()
    text.close()
    assert not Path(text.path).exists()


def test_it_goes_with_its_owner(kind: str, tmp_path: Path) -> None:
    """Also when nobody closes it."""
    text = PrivateText(Secret("hidden"), tmp_path)
    path = Path(text.path)
    del text
    gc.collect()
    assert not path.exists()
    assert not list(tmp_path.iterdir())


def test_memory_leaves_no_file(tmp_path: Path) -> None:
    """Where the system has memory files, nothing is written to a disk at all."""
    with PrivateText(Secret("hidden"), tmp_path / "state") as text:
        assert text.path.startswith("/proc/")
        assert not (tmp_path / "state").exists()


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    """The name tells whose it is."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / f"private-{gone.pid}-aa").touch()
    (tmp_path / f"private-{os.getpid()}-bb").touch()
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"private-{os.getpid()}-bb"]


def test_a_folder_that_cannot_be_written_is_permanent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the folder."""
    monkeypatch.setattr(private_text, "_has_memory_files", lambda: False)
    (tmp_path / "state").touch()
    with pytest.raises(Permanent, match="state"):
        PrivateText(Secret("hidden"), tmp_path / "state")
