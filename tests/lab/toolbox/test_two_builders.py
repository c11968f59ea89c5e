"""Two builds at once, and a build that is stopped: real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.lab.toolbox.tiny import Bench, script

BUILDER = """
import sys
from pathlib import Path
from lab.toolbox.building import build
from tests.lab.toolbox.tiny import Bench, machine
folder, kept, path = sys.argv[1:]
build(Bench(Path(folder)).toolbox, None, lambda line: print(line, flush=True), machine(Path(kept), path))
"""
ROOT = Path(__file__).parents[3]


def _builder(bench: Bench, kept: Path, path: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILDER, bench.folder, kept, path],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _until(true: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


@pytest.mark.needs("go")
def test_of_two_builds_at_once_one_builds(bench: Bench, kept: Path) -> None:
    """The other says that it waits and for what, and then finds it done."""
    builders = [_builder(bench, kept) for _ in range(2)]
    said = [builder.communicate(timeout=120) for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0], said
    lines = [line for out, _ in said for line in out.splitlines()]
    assert len([line for line in lines if ": built tiny" in line]) == 1
    assert bench.toolbox.missing() == ()


def test_who_waits_says_for_what_and_ends_as_soon_as_it_is_done(bench: Bench, kept: Path) -> None:
    """It need not get its turn for that: the other may go on with further tools."""
    bench.toolbox.root.mkdir(parents=True)
    with FileLock(bench.toolbox.root / ".lock"):
        (bench.toolbox.root / ".building").write_text("helmfile 1.8.0, process 4711")
        waiting = _builder(bench, kept)
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "waiting for another build: helmfile 1.8.0, process 4711\n"
        script(bench.toolbox.place(bench.tool, bench.tool.binaries[0]), "echo tiny version v1.2.3")
        said, _ = waiting.communicate(timeout=60)
    assert said == "tiny 1.2.3: another build has made it meanwhile\n"
    assert waiting.returncode == 0


def test_ctrl_c_ends_go_and_all_that_it_started(bench: Bench, kept: Path, tmp_path: Path) -> None:
    """Also what Go had started; nothing half built stays, and the next one gets its turn."""
    pids = tmp_path / "pids"
    script(
        tmp_path / "slow" / "go",
        f'[ "$1" = env ] && exec echo go1.99.0\nsleep 300 &\necho $$ $! > {pids}.part && mv {pids}.part {pids}\nwait',
    )
    builder = _builder(bench, kept, str(tmp_path / "slow"))
    _until(pids.exists)
    builder.send_signal(signal.SIGINT)
    _, complaint = builder.communicate(timeout=60)
    assert "KeyboardInterrupt" in complaint
    _until(lambda: not any(_lives(int(pid)) for pid in pids.read_text().split()))
    assert list((bench.toolbox.root / "tiny").iterdir()) == []
    FileLock(bench.toolbox.root / ".lock").acquire(timeout=0).lock.release()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
