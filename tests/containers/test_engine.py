"""Our own Docker engine leaves nothing behind, however the tests end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers import engine
from tests.needs import not_run


@pytest.fixture
def folder() -> Iterator[Path]:
    """For an engine of this test's own; a socket's path must be short, so it is not under the test's own folder."""
    if need := engine.missing():
        not_run("a Docker engine of the tests' own", need)
    outer = Path(tempfile.mkdtemp(prefix="firstlight-engine-"))
    yield outer / "engine"
    shutil.rmtree(outer)


def _processes_of(folder: Path) -> list[str]:
    """Command lines that name the engine's folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line and str(os.getpid()) != path.parent.name:
            lines.append(line)
    return lines


def _mounts_of(folder: Path) -> list[str]:
    return [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(folder) in line]


def _gone_within(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _processes_of(folder)


def test_a_stopped_engine_leaves_no_process_no_mount_and_no_file(folder: Path) -> None:
    """While it runs, this computer's mounts and links are as before; afterwards its folder is gone too."""
    links = sorted(os.listdir("/sys/class/net"))
    started = engine.start(folder, os.getpid())
    assert _processes_of(folder)
    assert _mounts_of(folder) == []
    engine.stop(started)
    assert _processes_of(folder) == []
    assert not folder.exists()
    assert sorted(os.listdir("/sys/class/net")) == links


def test_an_engine_ends_when_the_tests_are_killed(folder: Path) -> None:
    """kill -9 of its owner: the supervisor sees it and ends everything."""
    script = (
        "import os, sys, time; from pathlib import Path; from tests.containers import engine; "
        "engine.start(Path(sys.argv[1]), os.getpid()); print('up', flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert _gone_within(folder, 60.0)
    assert _mounts_of(folder) == []


def test_an_engine_that_cannot_start_says_why_and_is_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dockerd that ends at once is an error with its own words, not a hang."""
    broken = folder.parent / "bin"
    broken.mkdir()
    (broken / "dockerd").write_text("#!/bin/sh\necho no cgroups here >&2\nexit 1\n")
    (broken / "dockerd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
    with pytest.raises(RuntimeError, match="no cgroups here"):
        engine.start(folder, os.getpid())
    assert _gone_within(folder, 10.0)
